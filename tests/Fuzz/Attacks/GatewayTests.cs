using System.Diagnostics;
using Serverless.Fuzz.Runs;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;
using Xunit.Abstractions;

namespace Serverless.Fuzz.Attacks;

/// <summary>A gateway process under attack, with clients on every transport that must not lose a message meanwhile.</summary>
public sealed class GatewayTests(FuzzedGateway gateway, ITestOutputHelper output) : IClassFixture<FuzzedGateway>
{
    private const int Attackers = 8;

    [Fact]
    public async Task Attacks_harm_no_client_on_any_transport()
    {
        gateway.UpstreamOf(Witness.Hub).Answer = static async (request, context) =>
        {
            if (request.Category == "messages")
            {
                await context.Response.Body.WriteAsync(Witness.Echo(request));
            }
        };
        var attacker = new Attacker(gateway);
        gateway.UpstreamOf(Attacker.Hub).Answer = static async (request, context) =>
        {
            // The upstream of the attacked hub answers with arbitrary bytes too.
            if (request.Category == "messages")
            {
                var corpus = Corpus.Read(request.Header("Content-Type") == HubProtocol.Json.ContentType ? "json" : "messagepack");
                await context.Response.Body.WriteAsync(new Mutator(corpus, FuzzSettings.RandomOf("upstream", request.Body.Sum(static b => b))).Next(out _));
            }
        };

        Witness[] witnesses =
        [
            await SocketWitness.ConnectAsync(gateway, HubProtocol.Json),
            await SocketWitness.ConnectAsync(gateway, HubProtocol.MessagePack),
            await EventWitness.ConnectAsync(gateway),
            await PollWitness.ConnectAsync(gateway),
        ];
        Assert.Equal(200, await gateway.Rest().StatusAsync("PUT", $"/api/hubs/{Witness.Hub}/users/witness/groups/{Witness.Group}?api-version=2022-06-01"));

        var before = await gateway.LoadAsync();
        Assert.Equal(witnesses.Length, before.Connections);
        var began = Stopwatch.GetTimestamp();
        var attacks = AttackAsync(attacker);
        var round = 0;
        while (!attacks.IsCompleted)
        {
            await RoundAsync(witnesses, ++round, attacks);
        }

        await attacks;
        output.WriteLine($"Seed {FuzzSettings.Seed}: {round} rounds in {Stopwatch.GetElapsedTime(began)}. {attacker.Answers}");

        // The attackers' connections have ended, and the gateway holds no bytes of theirs.
        var limit = Waits.Limited();
        while (await gateway.LoadAsync() is var load && (load.Connections != before.Connections || load.Bytes > before.Bytes))
        {
            Assert.False(limit.IsCancellationRequested, $"Before the attacks: {before}, after them: {load}; {Replay}");
            await RoundAsync(witnesses, ++round, attacks);
        }

        await RoundAsync(witnesses, ++round, attacks);
        Assert.All(witnesses, witness => Assert.Equal((round, round), (witness.Messages, witness.Results)));
        Assert.True(!attacker.Answers.Failures.Any(), $"Attackers were answered {attacker.Answers}; {Replay}");
        Assert.Empty(await gateway.FailuresAsync());
        Assert.False(gateway.Process.HasExited);
        var faults = gateway.Process.Log.Split('\n').Where(static line =>
            line.Contains("fail:", StringComparison.Ordinal) || line.Contains("crit:", StringComparison.Ordinal) || line.Contains("nhandled", StringComparison.Ordinal));
        Assert.True(!faults.Any(), $"{string.Join('\n', faults)}\n{Replay}\n{gateway.Process.Log}");
        foreach (var witness in witnesses)
        {
            await witness.DisposeAsync();
        }
    }

    private static string Replay => $"FUZZ_SEED={FuzzSettings.Seed}";

    private static Task AttackAsync(Attacker attacker) => Parallel.ForEachAsync(
        FuzzSettings.Numbers(2 * FuzzSettings.Cases),
        new ParallelOptions { MaxDegreeOfParallelism = Attackers },
        async (number, _) =>
        {
            try
            {
                await attacker.RunAsync(number);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"The attack could not be made: {attacker.KindOf(number)}, {Replay} FUZZ_CASE={number}", exception);
            }
        });

    // Sends a message to all clients, to the hub in one round and to the group in the next, and makes a call of each client.
    private async Task RoundAsync(Witness[] witnesses, int round, Task attacks)
    {
        var path = $"/api/hubs/{Witness.Hub}/{(round % 2 == 0 ? "" : $"groups/{Witness.Group}/")}:send?api-version=2022-06-01";
        await gateway.Rest().SendMessageAsync(path, Witness.Message, $"[{round}]");
        await Task.WhenAll(witnesses.Select(witness => witness.CallAsync(round)));
        var limit = Waits.Limited();
        while (witnesses.FirstOrDefault(witness => witness.Messages != round || witness.Results != round) is { } late)
        {
            var fault = witnesses.Select(static witness => witness.Fault).FirstOrDefault(static fault => fault is not null);
            Assert.True(fault is null, $"{fault}; {Replay}\n{gateway.Process.Log}");
            Assert.False(limit.IsCancellationRequested, $"Round {round} has not ended: {late}; the attacks: {attacks.Status}; {Replay}\n{gateway.Process.Log}");
            await Task.Delay(5);
        }
    }
}
