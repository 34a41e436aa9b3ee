using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Connections.Lifetime;

namespace Serverless.Gateway.Clients.Transports.LongPolling;

/// <summary>The long-polling clients of this node: begins them, and ends those that no longer poll, in one tick per second.</summary>
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

    /// <summary>Begins a client with its first poll; completes when it may poll any node.</summary>
    public async ValueTask StartAsync(NewConnection admitted)
    {
        Start(admitted).TakeFirstPoll();
        await sessions.SettledAsync();
    }

    /// <summary>Begins a client that posts before it polls; completes when it may poll any node. Its first poll is still answered at once.</summary>
    public async ValueTask<HttpSession> StartByPostAsync(NewConnection admitted)
    {
        var client = Start(admitted);
        await sessions.SettledAsync();
        return client.Session;
    }

    /// <summary>Waits for messages, for the longest that a poll may take.</summary>
    public async Task<PollResult> PollAsync(PollingClient client, CancellationToken aborted)
    {
        client.PollStarted();
        try
        {
            if (client.TakeFirstPoll())
            {
                // Clients do not read what the first poll brings.
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

    /// <summary>The client says goodbye: what waits for it is dropped, and its poll ends.</summary>
    public void Stop(PollingClient client)
    {
        client.Session.Connection.CloseByClient();
        client.Output.Complete(discard: true);
        Forget(client);
    }

    /// <summary>Looks at every client once.</summary>
    public void Tick()
    {
        var now = time.GetTimestamp();
        foreach (var (_, client) in _clients)
        {
            if (client.IsGone(now))
            {
                client.Session.Hub.Lost();
                client.Output.Complete(discard: true);
                Forget(client);
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

    // Its last messages, the close message among them, wait for a poll to come, or for none to come any more.
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
