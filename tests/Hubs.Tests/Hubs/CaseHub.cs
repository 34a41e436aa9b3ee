using Microsoft.AspNetCore.SignalR;

namespace Serverless.Hubs.Tests.Hubs;

/// <summary>A hub that runs a test's <see cref="Script"/>.</summary>
internal sealed class CaseHub(Script script, ScopedThing thing, IServiceProvider services) : Hub
{
    public override Task OnConnectedAsync() => script.RunAsync("connected", this);

    public override Task OnDisconnectedAsync(Exception? exception) => script.RunAsync($"disconnected {exception?.Message ?? "cleanly"}", this);

    public Task<string> Run(string name)
    {
        Assert.Same(thing, services.GetService(typeof(ScopedThing)));
        return script.RunForAsync(name, this);
    }

    public async Task<string> RunLong(string name)
    {
        await Task.Delay(Timeout.Infinite, Context.ConnectionAborted);
        return name;
    }

    protected override void Dispose(bool disposing)
    {
        script.Disposed++;
        base.Dispose(disposing);
    }
}

/// <summary>The actions that a test runs in a hub, and a record of the calls.</summary>
internal sealed class Script
{
    public Func<CaseHub, Task<string>> Next { get; set; } = _ => Task.FromResult("");

    public List<string> Calls { get; } = [];

    /// <summary>The number of scopes that have not ended.</summary>
    public int Scopes { get; set; }

    public int Disposed { get; set; }

    public Task RunAsync(string name, CaseHub hub) => RunForAsync(name, hub);

    public Task<string> RunForAsync(string name, CaseHub hub)
    {
        Calls.Add(name);
        return Next(hub);
    }
}

/// <summary>A service with one instance per scope.</summary>
internal sealed class ScopedThing : IDisposable
{
    private readonly Script _script;

    public ScopedThing(Script script)
    {
        _script = script;
        script.Scopes++;
    }

    public void Dispose() => _script.Scopes--;
}
