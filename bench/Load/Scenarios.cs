namespace Serverless.Load;

/// <summary>All scenarios, in the order of the table.</summary>
internal static class Scenarios
{
    private const int Small = 128;
    private const int Large = 2048;
    private const int DeliveriesPerSecond = 20_000;
    private const string Deliveries = "deliveries/s";
    private const string Invocations = "invocations/s";
    private const string Connects = "connections/s";

    internal static IReadOnlyList<Scenario> All { get; } =
    [
        new ScenarioMemory(),
        new ScenarioBroadcast(
            new("paced-1000", "CPU per delivered message, paced at 20,000 deliveries/s, 1,000 × 128 B", "µs", 0.6, RateUnit: Deliveries),
            1000,
            Small,
            DeliveriesPerSecond),
        new ScenarioBroadcast(
            new("paced-10000", "the same to 10,000", "µs", 0.5, RateUnit: Deliveries),
            10_000,
            Small,
            DeliveriesPerSecond),
        new ScenarioBroadcast(
            new("saturated-128", "CPU per delivered message, 10,000 × 128 B, saturated", "µs", 0.5, IsGate: false, Deliveries),
            10_000,
            Small,
            deliveriesPerSecond: null),
        new ScenarioBroadcast(
            new("saturated-2048", "the same with 2 KB", "µs", 0.5, IsGate: false, Deliveries),
            10_000,
            Large,
            deliveriesPerSecond: null),
        new ScenarioInvocation(
            new("invoke-128", "CPU per invocation through an upstream, 128 B, 1,000 clients, closed loop", "µs", 0.8, RateUnit: Invocations),
            Small,
            perSecond: null),
        new ScenarioInvocation(
            new("invoke-2048", "the same with 2 KB", "µs", null, RateUnit: Invocations),
            Large,
            perSecond: null),
        new ScenarioInvocation(
            new("invoke-paced", "CPU per invocation, 128 B, at 1,000 invocations/s", "µs", 0.5, RateUnit: Invocations),
            Small,
            perSecond: 1000),
        new ScenarioConnect(
            new("connect", "CPU per connect and disconnect, token check included", "µs", 0.8, RateUnit: Connects),
            connectionEvents: false),
        new ScenarioConnect(
            new("connect-events", "the same, with connected and disconnected calls to the upstream", "µs", null, RateUnit: Connects),
            connectionEvents: true),
    ];
}
