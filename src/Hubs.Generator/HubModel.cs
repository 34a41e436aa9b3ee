namespace Serverless.Hubs.Generator;

/// <summary>A model of a hub class for code generation. All types are fully qualified with <c>global::</c>.</summary>
internal sealed record HubModel(
    string Type,
    string Name,
    EquatableArray<string> ConstructorArguments,
    EquatableArray<MethodModel> Methods,
    EquatableArray<string> Authorization,
    ClientModel? Client);

/// <summary>The kind of return type of a hub method.</summary>
internal enum Returns
{
    Nothing,
    Value,
    Awaitable,
    AwaitableValue,
    Stream,
    AwaitableStream,
}

/// <summary>A hub method. For a stream, <paramref name="ResultType"/> is the type of an item.</summary>
internal sealed record MethodModel(
    string Identifier,
    string WireName,
    EquatableArray<ParameterModel> Parameters,
    Returns Returns,
    string? ResultType,
    EquatableArray<string> Authorization);

/// <summary>A parameter of a hub method or of a client interface's method.</summary>
internal sealed record ParameterModel(string Name, string Type, bool IsRequired, bool IsCancellation);

/// <summary>The client interface of a typed hub.</summary>
internal sealed record ClientModel(string Interface, EquatableArray<ClientMethodModel> Methods);

/// <summary>A method of a client interface.</summary>
internal sealed record ClientMethodModel(
    string DeclaringInterface,
    string Identifier,
    string WireName,
    bool IsValueTask,
    string? ResultType,
    EquatableArray<ParameterModel> Parameters);
