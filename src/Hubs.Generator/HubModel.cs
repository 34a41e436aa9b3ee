namespace Serverless.Hubs.Generator;

/// <summary>A hub class as the generated code needs it. All types are written in full, from <c>global::</c> on.</summary>
internal sealed record HubModel(
    string Type,
    string Name,
    EquatableArray<string> ConstructorArguments,
    EquatableArray<MethodModel> Methods,
    EquatableArray<string> Authorization,
    ClientModel? Client);

/// <summary>How a hub method gives its result.</summary>
internal enum Returns
{
    Nothing,
    Value,
    Awaitable,
    AwaitableValue,
    Stream,
    AwaitableStream,
}

/// <summary>A hub method. Of a stream, <paramref name="ResultType"/> is the type of one item.</summary>
internal sealed record MethodModel(
    string Identifier,
    string WireName,
    EquatableArray<ParameterModel> Parameters,
    Returns Returns,
    string? ResultType,
    EquatableArray<string> Authorization);

/// <summary>A parameter of a hub method or of a client's method.</summary>
internal sealed record ParameterModel(string Name, string Type, bool IsRequired, bool IsCancellation);

/// <summary>The interface through which a hub reaches its clients.</summary>
internal sealed record ClientModel(string Interface, EquatableArray<ClientMethodModel> Methods);

/// <summary>A client's method.</summary>
internal sealed record ClientMethodModel(
    string DeclaringInterface,
    string Identifier,
    string WireName,
    bool IsValueTask,
    string? ResultType,
    EquatableArray<ParameterModel> Parameters);
