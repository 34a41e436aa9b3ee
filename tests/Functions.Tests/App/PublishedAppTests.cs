using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using Serverless.FunctionsHost;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.App;

/// <summary>The deployment package: the zip of the published function app, unpacked and run by the stand-in for the Functions host.</summary>
public sealed class PublishedAppTests(PublishedApp published) : IClassFixture<PublishedApp>
{
    [Fact]
    public void The_zip_has_the_files_of_the_host_at_its_root_and_no_local_settings()
    {
        using var zip = ZipFile.OpenRead(published.Zip);
        var names = zip.Entries.Select(entry => entry.FullName).ToList();

        Assert.All(
            ["host.json", "worker.config.json", "functions.metadata", "extensions.json", "Functions.dll", "wwwroot/lib/signalr.min.js"],
            name => Assert.Contains(name, names));
        Assert.DoesNotContain("local.settings.json", names);
        Assert.DoesNotContain("libcoreclr.so", names); // .NET is in the host's image
    }

    [Fact]
    public async Task The_published_app_answers_a_signed_call()
    {
        await using var gateway = await RecordingGateway.StartAsync();
        await using var host = await FunctionsHostApp.StartAsync(published.Folder, new Dictionary<string, string?>
        {
            ["AzureSignalRConnectionString"] = gateway.ConnectionString,
            ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
        });
        Assert.True(await host.WhenReady, host.Log);
        using var client = new HttpClient { BaseAddress = host.Address };
        var ann = new UpstreamCaller(client, "conn-published", "Ann");

        Assert.Equal(HttpStatusCode.OK, (await ann.ConnectedAsync()).Status);
        Assert.Equal("""{"type":3,"invocationId":"1","result":null}""" + '\x1e', (await ann.InvokeAsync("say", "lobby", "hello")).Text);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api/lib/signalr.min.js")).StatusCode);
    }
}

/// <summary>The published function app, created once by the documented command.</summary>
public sealed class PublishedApp : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("published-").FullName;

    internal string Zip => Path.Combine(_root, "functions.zip");

    internal string Folder => Path.Combine(_root, "app");

    public async Task InitializeAsync()
    {
        var command = new ProcessStartInfo("dotnet",
        [
            "publish", "src/Functions", "-c", "Release", "-r", "linux-x64", $"-p:FunctionsZip={Zip}",
            "--output", Path.Combine(_root, "publish"), "-nologo", "-v", "quiet", "-nodeReuse:false", $"-p:UseSharedCompilation={BuiltProgram.SharesCompiler}",
        ])
        {
            WorkingDirectory = BuiltProgram.RepositoryRoot,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var publish = Process.Start(command)!;
        var error = publish.StandardError.ReadToEndAsync();
        var output = await publish.StandardOutput.ReadToEndAsync();
        await publish.WaitForExitAsync();
        Assert.True(publish.ExitCode == 0, output + await error);
        await ZipFile.ExtractToDirectoryAsync(Zip, Folder); // with the file modes in the zip
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return Task.CompletedTask;
    }
}
