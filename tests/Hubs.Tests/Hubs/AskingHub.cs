namespace Serverless.Hubs.Tests.Hubs;

/// <summary>A hub whose clients give results.</summary>
internal sealed class AskingHub : Hub<IAsked>
{
    public Task<string> Ask(string question) => Clients.Caller.Answer(question);
}

/// <summary>What the clients of <see cref="AskingHub"/> can be asked.</summary>
internal interface IAsked
{
    Task<string> Answer(string question);
}
