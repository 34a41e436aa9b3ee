using System.Security.Claims;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.EndToEnd.DotNetClient;
using Serverless.EndToEnd.Systems;
using Serverless.FunctionsHost;
using Serverless.Hubs;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.FunctionsWorker;

/// <summary>
/// User ids, claims, queries and event names of any characters, from a client through the gateway to a hub on an isolated worker, in both HTTP
/// modes. The Functions host refuses header values beyond ASCII in one mode and changes them in the other.
/// </summary>
public sealed class NamesTests
{
    private const string AccessKey = "a-key-of-the-tests-0123456789-0123456789";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string[] Names = ["é", "日本", "🙂 and more", "two words", " around ", "50%", "50%41", "é 50%41"];

    [Theory]
    [InlineData("aspnetcore")]
    [InlineData("builtin")]
    public async Task Names_of_any_characters_reach_the_hub(string httpMode)
    {
        var port = FreePort.Find();
        var connectionString = $"Endpoint=http://127.0.0.1;Port={port};AccessKey={AccessKey};Version=1.0;";
        await using var host = await FunctionsHostApp.StartAsync(BuiltProgram.FunctionsHostWorker.Directory, new Dictionary<string, string?>
        {
            ["HTTP_MODE"] = httpMode,
            ["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated",
            ["SECONDLY"] = "0 0 0 1 1 *",
            ["AzureSignalRConnectionString"] = connectionString,
        });
        Assert.True(await host.WhenReady, host.Log);
        await using var gateway = new GatewayProcess(port, new Dictionary<string, string?>
        {
            ["Gateway__AccessKeys__0"] = AccessKey,
            ["UpstreamSettings__Templates__0__UrlTemplate"] =
                host.Address.GetLeftPart(UriPartial.Authority) + "/api/upstream/{hub}/{category}/{event}",
        });
        await gateway.StartAsync();

        foreach (var name in Names)
        {
            var options = new NegotiateOptions
            {
                Hub = "mirrorhub",
                UserId = name,
                Claims = [new Claim("colour", name.Trim())],
                Query = "q=" + Uri.EscapeDataString(name),
            };
            await using var connection = Client.Build(connectionString, options, negotiates: true, reconnects: false);
            await connection.StartAsync().WaitAsync(Limit);

            var seen = await connection.InvokeAsync<Reflection>("Reflect").WaitAsync(Limit);

            Assert.Equal((name, name), (seen.User, seen.Query));
            Assert.Contains($"colour={name.Trim()}", seen.Claims);
            Assert.Equal("named", await connection.InvokeAsync<string>("日本 🙂 50%41").WaitAsync(Limit));
        }
    }

    private sealed record Reflection(string? User, string[] Claims, string Query);
}
