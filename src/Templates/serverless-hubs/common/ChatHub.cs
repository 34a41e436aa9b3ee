using Microsoft.AspNetCore.SignalR;

namespace ServerlessApp;

/// <summary>The hub: the page may call each public method, by its name.</summary>
/// <remarks>An instance serves one call and keeps no state, so the hub runs in any number of function instances.</remarks>
public sealed class ChatHub : Hub<IChatClient>
{
    /// <summary>Sends a text to every connected client.</summary>
    /// <returns>The text's length, as the call's result.</returns>
    public async Task<int> Say(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new HubException("Say something."); // its text reaches the caller; that of other exceptions does not
        }

        await Clients.All.Said(Context.UserIdentifier ?? "somebody", text);
        return text.Length;
    }

    /// <summary>Announces a new client to the others.</summary>
    public override Task OnConnectedAsync() => Clients.Others.Said(Context.UserIdentifier ?? "somebody", "is here");
}

/// <summary>The methods that the hub calls on a page, which handles them by <c>connection.on('said', …)</c>.</summary>
public interface IChatClient
{
    Task Said(string from, string text);
}
