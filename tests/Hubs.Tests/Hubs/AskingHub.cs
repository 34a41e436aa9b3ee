using Microsoft.AspNetCore.SignalR;

namespace Serverless.Hubs.Tests.Hubs;

/// <summary>A hub whose clients return results.</summary>
public sealed class AskingHub : Hub<IAsked>
{
    public Task<string> Ask(string question) => Clients.Caller.Answer(question);
}

/// <summary>The client interface of <see cref="AskingHub"/>.</summary>
public interface IAsked
{
    Task<string> Answer(string question);
}
