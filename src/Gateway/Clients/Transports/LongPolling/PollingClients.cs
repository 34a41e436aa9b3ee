using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Connections.Lifetime;

namespace Serverless.Gateway.Clients.Transports.LongPolling;

/// <summary>Holds this node's long-polling clients. Starts them, and once a second ends those that no longer poll.</summary>
internal sealed class PollingClients(
    HttpSessions sessions,
    HubSessionServices hubSessions,
    ClientConnectionFactory connections,
    IOptions<ClientOptions> options,
    TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, PollingClient> _clients = new(StringComparer.Ordinal);

    public PollingClient? Find(string connectionId) => _clients.GetValueOrDefault(connectionId);

    /// <summary>Starts a client with its first poll. Completes when the client may poll any node.</summary>
    public async ValueTask StartAsync(NewConnection admitted)
    {
        Start(admitted).TakeFirstPoll();
        await sessions.SettledAsync();
    }

    /// <summary>Starts a client that posts before it polls. Completes when the client may poll any node. Its first poll is still answered at once.</summary>
    public async ValueTask<HttpSession> StartByPostAsync(NewConnection admitted)
    {
        var client = Start(admitted);
        await sessions.SettledAsync();
        return client.Session;
    }

    /// <summary>Waits for messages until the poll's time limit.</summary>
    public async Task<PollResult> PollAsync(PollingClient client, CancellationToken aborted)
    {
        client.PollStarted();
        try
        {
            if (client.TakeFirstPoll())
            {
                // Clients ignore the body of the first poll's answer.
                return new PollResult(PollEnd.TimedOut, default);
            }

            var poll = client.Output.PollAsync();
            return poll.IsCompleted ? await poll : await WaitAsync(client.Output, poll, aborted);
        }
        finally
        {
            client.PollEnded();
        }
    }

    /// <summary>Ends a client that has left: drops its messages, and ends its poll.</summary>
    public void Stop(PollingClient client)
    {
        // Forgotten first: a request that comes when the connection has ended must not find its session.
        Forget(client);
        client.Session.Connection.CloseByClient();
        client.Output.Complete(discard: true);
    }

    /// <summary>Checks every client once, and ends those that no longer poll.</summary>
    public void Tick()
    {
        var now = time.GetTimestamp();
        foreach (var (_, client) in _clients)
        {
            if (client.IsGone(now))
            {
                Forget(client);
                client.Session.Hub.Lost();
                client.Output.Complete(discard: true);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                Tick();
            }
        }
        catch (OperationCanceledException)
        {
            // The process is ending.
        }
    }

    private PollingClient Start(NewConnection admitted)
    {
        var output = new PollOutput(hubSessions.Queued);
        var connection = connections.Create(admitted, ClientTransports.LongPolling, output, static () => { });
        var session = new HttpSession(connection, hubSessions);
        var client = new PollingClient(session, output, admitted.Client.Identity.MaxPollInterval ?? options.Value.MaxPollInterval, time);
        sessions.Add(session);
        _clients[admitted.Id] = client;
        session.Hub.Start();
        _ = EndWithOutputAsync(client);
        return client;
    }

    // The last messages, the close message among them, wait for a poll, or until the client counts as gone.
    private static async Task EndWithOutputAsync(PollingClient client)
    {
        await client.Session.Connection.WaitForOutputEndAsync();
        client.Output.Complete(discard: false);
        await client.Output.Drained;
        await client.Session.EndAsync();
    }

    private async Task<PollResult> WaitAsync(PollOutput output, Task<PollResult> poll, CancellationToken aborted)
    {
        using var timeout = new CancellationTokenSource(options.Value.PollTimeout, time);
        using (timeout.Token.UnsafeRegister(_ => output.EndPoll(poll, PollEnd.TimedOut), null))
        using (aborted.UnsafeRegister(_ => output.EndPoll(poll, PollEnd.Aborted), null))
        {
            return await poll;
        }
    }

    private void Forget(PollingClient client)
    {
        sessions.Remove(client.Session);
        _clients.TryRemove(KeyValuePair.Create(client.Session.Connection.Id, client));
    }
}
