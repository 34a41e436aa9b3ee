using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Dispatch;
using Serverless.Protocol;

namespace Serverless.Hubs.Execution;

/// <summary>
/// Runs a hub by ASP.NET Core's own connection handler, over a connection in memory that lives for one upstream request.
/// </summary>
/// <remarks>
/// The handler reads a handshake, connects, and dispatches the message; <see cref="HubRun"/> ends when the completion has been written and
/// the hub's scope has ended. The handler then waits for a further message that never comes, and is collected with its connection, because
/// no other object refers to them. So a request ends without the abort and the second hub instance that a disconnect would cost.
/// </remarks>
/// <typeparam name="THub">The hub.</typeparam>
internal sealed class HubRunner<[DynamicallyAccessedMembers(HubMembers.Needed)] THub> : IHubRunner
    where THub : Hub
{
    private static readonly ReadOnlyMemory<byte>[] Handshakes =
    [
        "{\"protocol\":\"json\",\"version\":1}\x1e"u8.ToArray(),
        "{\"protocol\":\"messagepack\",\"version\":1}\x1e"u8.ToArray(),
    ];

    private readonly HubConnectionHandler<THub> _handler;
    private readonly bool[] _supported = new bool[HubProtocol.Count];

    public HubRunner(
        HubLifetimeManager<THub> lifetime,
        IHubProtocolResolver protocols,
        IOptions<HubOptions<THub>> hubOptions,
        IOptions<HubOptions> options,
        ILoggerFactory loggers,
        IUserIdProvider userIds,
        IServiceScopeFactory scopes)
    {
        _handler = new HubConnectionHandler<THub>(lifetime, protocols, options, hubOptions, loggers, userIds, new HubRunScopes(scopes, new PlaceholderScope<THub>()));
        var names = (hubOptions.Value.SupportedProtocols ?? options.Value.SupportedProtocols)?.ToList();
        foreach (var protocol in HubProtocol.All)
        {
            _supported[protocol.Index] = protocols.GetProtocol(protocol.Name, names) is not null;
        }
    }

    public bool Supports(HubProtocol protocol) => _supported[protocol.Index];

    public async Task<HubRun> RunAsync(Caller caller, HubRunKind kind, Exception? reason = null)
    {
        var run = new HubRun(kind, Trace(caller)) { Reason = reason };
        // Events have no message; any protocol of the hub will do.
        var protocol = Supports(HubProtocol.Json) ? HubProtocol.Json : HubProtocol.MessagePack;
        await RunAsync(caller, run, protocol, default, new AnswerOutput(protocol, run, items: null));
        return run;
    }

    public async Task<(HubRun Run, ReadOnlyMemory<byte> Completion)> CallAsync(
        Caller caller, HubProtocol protocol, ReadOnlyMemory<byte> message, PipeWriter? items)
    {
        var run = new HubRun(HubRunKind.Call, Trace(caller), isStream: items is not null);
        var output = new AnswerOutput(protocol, run, items);
        await RunAsync(caller, run, protocol, message, output);
        return (run, output.Completion);
    }

    private static HubTrace Trace(Caller caller) =>
        Activity.Current is { } host ? new HubTrace(host, default) : new HubTrace(null, caller.Trace);

    private async Task RunAsync(Caller caller, HubRun run, HubProtocol protocol, ReadOnlyMemory<byte> message, AnswerOutput output)
    {
        HubRun.Current = run;
        var input = new RequestInput(Handshakes[protocol.Index], message, run);
        var handling = _handler.OnConnectedAsync(new UpstreamConnection(caller, run, input, output));
        if (!run.Done.IsCompleted && await Task.WhenAny(run.Done, handling) == handling)
        {
            // The handler ended before the hub's code: an abort whose method still runs. A failure is in the run, and has been logged.
            await handling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            run.EndHandler();
            await run.Done;
        }

        if (run.IsAborted)
        {
            // The handler writes the reason last.
            await handling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
