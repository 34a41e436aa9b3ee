using Microsoft.CodeAnalysis;

namespace Serverless.Hubs.Analyzers;

/// <summary>The diagnostics for hubs that are mapped serverless. Each message states the problem and its fix.</summary>
internal static class Diagnostics
{
    public static readonly DiagnosticDescriptor ClientStream = AtEnd(
        "SVL001",
        "Client-to-server stream in a serverless hub",
        "'{0}' takes a stream from the client in parameter '{1}', which an upstream request cannot carry; "
            + "send the items as separate calls, or run the hub behind the gateway as an app server",
        "A serverless hub gets one request for each call of a client, "
            + "so an IAsyncEnumerable<T> or ChannelReader<T> parameter would never get its items.");

    public static readonly DiagnosticDescriptor Items = AtEnd(
        "SVL002",
        "Context.Items in a serverless hub",
        "'{0}' is mapped serverless, where Context.Items lives for one request; keep state outside of the hub, for example by connection id",
        "A serverless hub gets each call of a client as a request of its own, so Context.Items is empty at the start of each call.");

    private static DiagnosticDescriptor AtEnd(string id, string title, string message, string description) => new(
        id,
        title,
        message,
        "Hubs",
        DiagnosticSeverity.Warning,
        isEnabledByDefault: true,
        description,
        customTags: [WellKnownDiagnosticTags.CompilationEnd]);
}
