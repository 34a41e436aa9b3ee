namespace Serverless.Load;

/// <summary>Measures the server CPU per invocation that is sent to the upstream and returns with its result.</summary>
internal sealed class ScenarioInvocation(Figure figure, int payloadBytes, double? perSecond) : Scenario(figure.Key)
{
    private const int ClientCount = 1000;

    internal override IReadOnlyList<Figure> Figures => [figure];

    internal override IReadOnlyList<Measurement> Run(ServerProcess server, UpstreamProcess upstream, BenchOptions options)
    {
        using var loop = Clients(server, options.Limit(ClientCount));
        ConnectAll(loop);
        var before = upstream.Counts();
        var workload = new InvocationWorkload(loop, payloadBytes, perSecond);
        var measurement = Measure(figure.Key, server, upstream, loop, workload, options);
        var after = upstream.Counts();
        if (server.Subject.SignsUpstreamRequests && after.Signed - before.Signed != after.Messages - before.Messages)
        {
            throw new InvalidOperationException("The gateway did not sign all upstream requests.");
        }

        return [measurement];
    }
}
