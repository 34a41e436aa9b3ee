using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.EndToEnd.Fidelity.Cases;
using Serverless.EndToEnd.Fidelity.Hubs;

namespace Serverless.EndToEnd.Fidelity.Drivers;

/// <summary>A client of a case in the official .NET client: it records what it receives.</summary>
internal sealed class DotNetCaseClient : IAsyncDisposable
{
    private readonly TaskCompletionSource<string?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<object?[]> _received = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DotNetCaseClient(CaseClient client, Uri url, string protocol, string run)
    {
        var address = new UriBuilder(url) { Query = client.Query }.Uri;
        var builder = new HubConnectionBuilder().WithUrl(address, options =>
        {
            options.Headers["X-Fidelity"] = "header of the client";
            if (client.Claims.Count > 0)
            {
                var token = ClaimsAuthentication.Token(client.Claims.Select(claim => (claim.Type, RunName.Fill(claim.Value, run))));
                options.AccessTokenProvider = () => Task.FromResult<string?>(token);
            }
        });
        if (protocol == "messagepack")
        {
            builder.AddMessagePackProtocol();
        }

        Connection = builder.Build();
        Connection.Closed += error =>
        {
            _closed.TrySetResult(error?.Message);
            return Task.CompletedTask;
        };
        foreach (var (name, types) in Messages.Received)
        {
            Connection.On(name, types, arguments => Receive(name, arguments, run));
        }

        foreach (var (name, answer) in client.Answers)
        {
            Connection.On(name, Messages.Calls[name], (_, _) => answer is Exception error ? throw error : Task.FromResult(answer), name);
        }
    }

    public HubConnection Connection { get; }

    public string? ConnectionId { get; private set; }

    public string? StartError { get; private set; }

    /// <summary>The messages so far: name and arguments.</summary>
    public IReadOnlyList<object?[]> Received
    {
        get
        {
            lock (_gate)
            {
                return [.. _received];
            }
        }
    }

    public async Task StartAsync()
    {
        try
        {
            await Connection.StartAsync();
            ConnectionId = Connection.ConnectionId;
        }
        catch (Exception exception)
        {
            StartError = exception.Message;
        }
    }

    /// <summary>Waits until a number of messages have been received.</summary>
    public async Task HearAsync(int count)
    {
        while (true)
        {
            Task more;
            lock (_gate)
            {
                if (_received.Count >= count)
                {
                    return;
                }

                more = _more.Task;
            }

            await more;
        }
    }

    /// <summary>Waits for the next message <see cref="Messages.Settled"/>.</summary>
    public Task SettledAsync()
    {
        _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return _settled.Task;
    }

    /// <summary>Waits until the connection is closed, and returns the error.</summary>
    public async Task<string?> ClosedAsync() => StartError ?? await _closed.Task;

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private Task Receive(string name, object?[] arguments, string run)
    {
        if (name == Messages.Settled)
        {
            _settled.TrySetResult();
        }
        else if (name != Messages.Broadcast || (string?)arguments[0] == run)
        {
            lock (_gate)
            {
                _received.Add([name, .. arguments]);
                _more.SetResult();
                _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        return Task.CompletedTask;
    }
}
