using System.Diagnostics;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.FunctionsHost.Workers;

/// <summary>The stand-in as a program of its own, as <c>start.cs</c> starts it.</summary>
public sealed class ProgramTests
{
    [Fact, Rule(38)]
    public async Task The_program_runs_an_app_and_ends_it_when_it_is_stopped()
    {
        var address = new Uri($"http://127.0.0.1:{FreePort.Find()}");
        await using var program = await ServerProcess.StartAsync(
            Command("--app", BuiltProgram.FunctionsHostWorker.Directory, "--urls", address.ToString(), "--host-key", "a key"), address, "/", WorkerHost.Variables());
        using var client = new HttpClient { BaseAddress = address };

        using var answer = await client.GetAsync("/api/keyed?code=a%20key");
        Assert.True(answer.IsSuccessStatusCode, program.Log);
        Assert.Equal("keyed", await answer.Content.ReadAsStringAsync());
        await WorkerHost.UntilAsync(
            () => Task.FromResult(program.Log.Contains($"  keyed: [GET] {address}api/keyed", StringComparison.Ordinal)), "the list of functions");
        Assert.Equal(0, await program.StopAsync());
        Assert.Contains("has ended with exit code 0.", program.Log, StringComparison.Ordinal);
    }

    [Fact, Rule(36)]
    public async Task The_program_ends_when_the_app_has_failed()
    {
        using var app = new WorkerFolder();
        app.Edit("FunctionsHost.Worker.runtimeconfig.json", _ => "{}");

        await using var program = ServerProcess.Launch(
            Command("--app", app.Root, "--urls", $"http://127.0.0.1:{FreePort.Find()}"), new Uri("http://127.0.0.1"), WorkerHost.Variables());

        Assert.Equal(1, await program.ExitedAsync());
        Assert.Contains("before it connected", program.Log, StringComparison.Ordinal);
    }

    [Theory, Rule(1)]
    [InlineData(2, "Usage:")]
    [InlineData(2, "Usage:", "--app")]
    [InlineData(2, "Usage:", "--unknown", "value")]
    [InlineData(0, "Usage:", "--help")]
    [InlineData(1, "host.json", "--app", "/nowhere")]
    public async Task Wrong_arguments_are_answered_with_a_reason(int code, string output, params string[] arguments)
    {
        await using var program = ServerProcess.Launch(Command(arguments), new Uri("http://127.0.0.1"));

        Assert.Equal(code, await program.ExitedAsync());
        Assert.Contains(output, program.Log, StringComparison.Ordinal);
    }

    private static ProcessStartInfo Command(params string[] arguments) => new("dotnet", [BuiltProgram.FunctionsHost.Assembly, .. arguments]);
}
