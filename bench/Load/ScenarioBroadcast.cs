namespace Serverless.Load;

/// <summary>Measures the server CPU per delivered message of a broadcast.</summary>
internal sealed class ScenarioBroadcast(Figure figure, int clients, int payloadBytes, int? deliveriesPerSecond)
    : Scenario(figure.Key)
{
    internal override IReadOnlyList<Figure> Figures => [figure];

    internal override IReadOnlyList<Measurement> Run(ServerProcess server, UpstreamProcess upstream, BenchOptions options)
    {
        using var loop = Clients(server, options.Limit(clients));
        var request = server.Subject.Broadcast(server.Port, payloadBytes);
        var isPaced = deliveriesPerSecond is not null;
        Publisher[] publishers = isPaced
            ? [loop.OpenPublisher(0, request)]
            : [loop.OpenPublisher(0, request), loop.OpenPublisher(1, request)];
        ConnectAll(loop);
        TimeSpan? interval = isPaced ? TimeSpan.FromSeconds((double)loop.Connections.Length / deliveriesPerSecond!.Value) : null;
        var workload = new BroadcastWorkload(loop, publishers, payloadBytes, interval);
        return [Measure(figure.Key, server, upstream, loop, workload, options)];
    }
}
