using Serverless.FunctionsHost.CustomHandlers;

namespace Serverless.FunctionsHost;

/// <summary>The settings of a host.</summary>
public sealed class FunctionsHostOptions
{
    /// <summary>Gets the folder that holds <c>host.json</c>: an app's build output, or its published files.</summary>
    public required string Root { get; init; }

    /// <summary>Gets environment variables of the app, which take precedence over those of <c>local.settings.json</c>; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Variables { get; init; } = new Dictionary<string, string?>();

    /// <summary>Gets the address to listen on.</summary>
    /// <value>Default a free port of 127.0.0.1.</value>
    public string Url { get; init; } = "http://127.0.0.1:0";

    /// <summary>Gets the master key; null for a random one.</summary>
    public string? MasterKey { get; init; }

    /// <summary>Gets the key that is valid for every function; null for a random one.</summary>
    public string? HostKey { get; init; }

    /// <summary>Gets the largest body of a request, in bytes.</summary>
    /// <value>Default 100 MiB, as in the host.</value>
    public long MaxBodyBytes { get; init; } = 100 * 1024 * 1024;

    /// <summary>Gets the largest message between host and worker, in bytes.</summary>
    /// <value>Default 128 MiB: a body of the largest size and its headers. The host itself has no limit.</value>
    public int MaxMessageBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>Gets the receiver of each line of the log; null for none.</summary>
    public Action<string>? Output { get; init; }

    /// <summary>Gets the clock of timer triggers.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    internal HandlerLauncher Launch { get; init; } = HandlerProcess.Launch;
}
