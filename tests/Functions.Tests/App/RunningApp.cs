using Serverless.FunctionsHost;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.App;

/// <summary>The built function app, running with a recording gateway; shared by the tests of a class.</summary>
public abstract class RunningApp : IAsyncLifetime
{
    private RecordingGateway? _gateway;

    internal RecordingGateway Gateway => _gateway!;

    internal HttpClient Client { get; private set; } = null!;

    internal abstract string Log { get; }

    public async Task InitializeAsync()
    {
        _gateway = await RecordingGateway.StartAsync();
        var address = await StartAsync(new Dictionary<string, string?>
        {
            ["AzureSignalRConnectionString"] = _gateway.ConnectionString,
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["AzureWebJobsStorage"] = "", // the queue's function runs by hand
        });
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address };
    }

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
        await Gateway.DisposeAsync();
    }

    private protected abstract Task<Uri> StartAsync(Dictionary<string, string?> environment);

    private protected abstract ValueTask StopAsync();
}

/// <summary>The function app on its own, as <c>dotnet run --project src/Functions</c> starts it.</summary>
public sealed class PlainApp : RunningApp
{
    private ServerProcess? _process;

    internal override string Log => _process!.Log;

    private protected override async Task<Uri> StartAsync(Dictionary<string, string?> environment)
    {
        _process = await ServerProcess.StartAsync(BuiltProgram.Functions, "/api/", environment: environment);
        return _process.Address;
    }

    private protected override ValueTask StopAsync() => _process!.DisposeAsync();
}

/// <summary>The function app as a worker of the stand-in for the Functions host.</summary>
public abstract class HostedApp(string httpMode) : RunningApp
{
    private FunctionsHostApp? _host;

    internal override string Log => _host!.Log;

    internal string MasterKey => _host!.MasterKey;

    private protected override async Task<Uri> StartAsync(Dictionary<string, string?> environment)
    {
        environment["ChatHttpMode"] = httpMode;
        _host = await FunctionsHostApp.StartAsync(BuiltProgram.Functions.Directory, environment);
        Assert.True(await _host.WhenReady, _host.Log);
        return _host.Address;
    }

    private protected override ValueTask StopAsync() => _host!.DisposeAsync();
}

/// <summary>The function app with the integration of ASP.NET Core, to which the host forwards requests.</summary>
public sealed class ForwardedApp() : HostedApp("AspNetCore");

/// <summary>The function app with the built-in HTTP types, which get requests as messages.</summary>
public sealed class BuiltInApp() : HostedApp("BuiltIn");
