using Microsoft.AspNetCore.SignalR;

namespace Serverless.Hubs.Tests.Hubs;

/// <summary>A hub with a client interface, whose class has a base class of its own and two parts.</summary>
public sealed partial class TypedHub : TypedBase<ITypedClient>;

public sealed partial class TypedHub
{
    public async Task Tell(string text)
    {
        await Clients.All.Receive(text, new Circle("c", 2));
        await Clients.Others.Tick(CancellationToken.None);
        await Clients.Group("g").@event();
    }

    public override string Shared() => "own " + base.Shared();
}

public abstract class TypedBase<TClient> : Hub<TClient>
    where TClient : class
{
    public virtual string Shared() => "shared";

    public string Inherited(int number) => number.ToString();
}

public interface ITypedClient : ITicker
{
    Task Receive(string text, Shape shape);

    [HubMethodName("renamed")]
    Task @event();
}

public interface ITicker
{
    Task Tick(CancellationToken cancellationToken);
}

public record Shape(string Name);

public sealed record Circle(string Name, double Radius) : Shape(Name);
