using System.Globalization;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>Methods that fail in all ways, and methods that a client cannot call.</summary>
public class ErrorsHub : Hub
{
    public string Property => throw new HubException("From a property.");

    public void Refuse(string reason) => throw new HubException(reason);

    public void RefuseWithoutText() => throw new HubException();

    public void RefuseDerived() => throw new OutOfStockException();

    public void RefuseInner() => throw new HubException("Outer.", new InvalidOperationException("Inner."));

    public async Task<int> RefuseLater()
    {
        await Task.Yield();
        throw new HubException("Later.");
    }

    public int FromProperty() => Property.Length;

    public void Break() => throw new InvalidOperationException("The password of the database is 1234.");

    public async ValueTask<int> BreakLater()
    {
        await Task.Yield();
        throw new FormatException("Not a number.");
    }

    public void BreakWrapped() => throw new AggregateException(new HubException("Within an aggregate."));

    public Task Cancelled() => throw new OperationCanceledException();

    public Task CancelledTask() => Task.FromCanceled(new CancellationToken(canceled: true));

    public Task? NullTask() => null;

    public object Unserializable() => new Loop();

    public int Add(int first, int second) => first + second;

    public int AddAsync(int first, int second) => first + second + 100;

    [HubMethodName("renamed")]
    public string Original() => "renamed";

    [HubMethodName("with spaces / ä")]
    public string Strange() => "strange";

    public string Virtual() => Overridable();

    public static string Static() => "static";

    protected string Hidden() => "protected";

    internal string Internal() => Private();

    public virtual string Overridable() => string.Create(CultureInfo.InvariantCulture, $"{GetType().Name}");

    private static string Private() => "private";

    /// <summary>A type that neither protocol can write.</summary>
    public sealed class Loop
    {
        public Loop Self => this;
    }
}

/// <summary>The same methods with detailed errors switched on, inherited, and one overridden.</summary>
public sealed class DetailedErrorsHub : ErrorsHub
{
    public override string Overridable() => "overridden";
}

/// <summary>An app's own kind of <see cref="HubException"/>.</summary>
public sealed class OutOfStockException() : HubException("Out of stock.");
