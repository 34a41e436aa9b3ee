using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>Calls from the server to the client that return a result.</summary>
public sealed class ResultsHub : Hub
{
    public Task<int> AskCaller(int first, int second) => Clients.Caller.InvokeAsync<int>("add", first, second, Context.ConnectionAborted);

    public Task<Parcel> AskForParcel() => Clients.Caller.InvokeAsync<Parcel>("askForParcel", "label", Context.ConnectionAborted);

    public Task<string?> AskForText(string method) => Clients.Caller.InvokeAsync<string?>(method, "text", Context.ConnectionAborted);

    public Task<int> AskOther(string connectionId) => Clients.Client(connectionId).InvokeAsync<int>("add", 1, 2, Context.ConnectionAborted);

    public Task<int> AskMissing() => Clients.Client("no-such-connection").InvokeAsync<int>("add", 1, 2, CancellationToken.None);

    public async Task<string> AskWithCancelled()
    {
        try
        {
            await Clients.Caller.InvokeAsync<int>("add", 1, 2, new CancellationToken(canceled: true));
            return "answered";
        }
        catch (OperationCanceledException)
        {
            return "cancelled";
        }
    }

    public async Task<string> AskAndCatch(string method)
    {
        try
        {
            return await Clients.Caller.InvokeAsync<string>(method, "text", CancellationToken.None);
        }
        catch (Exception exception)
        {
            return $"{exception.GetType().Name}: {exception.Message}";
        }
    }

    public async Task<int[]> AskTwice() =>
    [
        .. await Task.WhenAll(
            Clients.Caller.InvokeAsync<int>("add", 1, 2, CancellationToken.None),
            Clients.Caller.InvokeAsync<int>("add", 3, 4, CancellationToken.None)),
    ];
}

/// <summary>Calls with a result through a typed client.</summary>
public sealed class TypedResultsHub : Hub<IAskedClient>
{
    public Task<int> Add(int first, int second) => Clients.Caller.Add(first, second);

    public Task<bool> Confirm(string connectionId, string question) => Clients.Client(connectionId).Confirm(question);
}

/// <summary>The client of <see cref="TypedResultsHub"/>.</summary>
public interface IAskedClient
{
    [HubMethodName("add")]
    Task<int> Add(int first, int second);

    [HubMethodName("confirm")]
    Task<bool> Confirm(string question);
}

/// <summary>A hub with the default of one call at a time for each client.</summary>
public sealed class SerialHub : Hub
{
    public Task<int> AskCaller() => Clients.Caller.InvokeAsync<int>("add", 1, 2, CancellationToken.None);

    public async Task<int> Slow(string text)
    {
        await Clients.Caller.SendAsync("said", $"{text} began");
        await Task.Delay(TimeSpan.FromMilliseconds(20));
        await Clients.Caller.SendAsync("said", $"{text} ended");
        return text.Length;
    }
}
