using Microsoft.CodeAnalysis;

namespace Serverless.Hubs.Generator;

/// <summary>The diagnostics for hub classes. Each message states the problem and its fix.</summary>
internal static class Diagnostics
{
    public static readonly DiagnosticDescriptor Overload = Error(
        "HUB001",
        "Two hub methods with the same name",
        "'{0}' has two methods that clients would call '{1}'; names are compared without case, so rename one or give it a [HubMethodName]");

    public static readonly DiagnosticDescriptor ByReference = Error(
        "HUB002",
        "By-reference parameter",
        "Parameter '{1}' of '{0}' is passed by reference, which clients cannot do; take it by value");

    public static readonly DiagnosticDescriptor Generic = Error(
        "HUB003",
        "Generic hub method",
        "'{0}' has type parameters, which clients cannot choose; make it non-generic, or not public if it is not a hub method");

    public static readonly DiagnosticDescriptor ReturnType = Error(
        "HUB004",
        "Unsupported return type",
        "'{0}' returns {1}; return void, a value, Task, Task<T>, ValueTask, ValueTask<T>, or a stream: IAsyncEnumerable<T> or ChannelReader<T>");

    public static readonly DiagnosticDescriptor Class = Error(
        "HUB005",
        "Hub class that generated code cannot use",
        "Hub '{0}' {1}");

    public static readonly DiagnosticDescriptor Name = Error(
        "HUB006",
        "Invalid hub name",
        "'{1}', the name of hub '{0}', is not a valid hub name; use 1 to 128 letters, digits or _`,.[] with a letter first");

    public static readonly DiagnosticDescriptor Constructor = Error(
        "HUB007",
        "No single constructor",
        "Hub '{0}' needs one public or internal constructor that takes services by value, or one marked [ActivatorUtilitiesConstructor]");

    public static readonly DiagnosticDescriptor Client = Error(
        "HUB008",
        "Unusable client interface",
        "Clients of hub '{0}' cannot be reached through '{1}': {2}");

    public static readonly DiagnosticDescriptor ParameterType = Error(
        "HUB009",
        "Unsupported parameter type",
        "Parameter '{1}' of '{0}' is {2}");

    public static readonly DiagnosticDescriptor Authorization = Error(
        "HUB010",
        "Authorization attribute without effect",
        "'{0}' has [{1}], which has no effect on a hub of Serverless.Hubs; {2}");

    private static DiagnosticDescriptor Error(string id, string title, string message) =>
        new(id, title, message, "Hubs", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
