using System.Globalization;
using System.Text;

namespace Serverless.Load.Scale;

/// <summary>Writes the scaling tables as Markdown.</summary>
internal static class ScaleReport
{
    internal static string Line(ScaleMeasurement one) => string.Create(
        CultureInfo.InvariantCulture,
        $"{one.Kind.Key,-10} {one.Setup.Title,-12} {one.GatewayMicroseconds,7:F2} µs  {one.DeliveriesPerSecond,8:F0} deliveries/s  " +
        $"redis {one.RedisMicroseconds:F1} µs {one.RedisShare:P1}  {one.PublishesPerSend:F2} published, {one.Hearers} hear  " +
        $"p50 {one.MedianMilliseconds:F2} ms  p99 {one.SlowestPercentMilliseconds:F2} ms  others {one.OthersShare:P0}");

    internal static string Tables(ScaleOptions options, ScaleResults results)
    {
        var text = new StringBuilder();
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Median (lowest to highest) of {options.Rounds} rounds, {options.WarmUp.TotalSeconds:0.#} s warm-up, {options.Duration.TotalSeconds:0.#} s measured, " +
            $"{options.ClientCount:N0} WebSocket clients spread evenly over the nodes, 128 B. {MachineFacts.Describe()}.");
        var others = Spread.Of(results.All.Select(one => one.OthersShare));
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"Processes outside the benchmark took {others.Median:P0} ({others.Lowest:P0} to {others.Highest:P0}) of the machine meanwhile.");
        text.AppendLine();
        text.AppendLine("| messages to | nodes | gateway CPU per delivery | deliveries per second of gateway CPU | published per message | nodes that hear it | Redis CPU per message | p50 | p99 |");
        text.AppendLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var kind in Kind.All)
        {
            foreach (var setup in options.Setups)
            {
                Append(text, results, kind, setup);
            }
        }

        text.AppendLine();
        AppendIdle(text, options, results);
        text.AppendLine();
        AppendConstants(text, results.Constants!);
        return text.ToString();
    }

    private static void Append(StringBuilder text, ScaleResults results, Kind kind, Setup setup)
    {
        Spread Of(Func<ScaleMeasurement, double> part) => results.Of(setup, kind, part);
        var cpu = Of(one => one.GatewayMicroseconds);
        var redis = Of(one => one.RedisMicroseconds);
        var between = setup.HasRedis
            ? FormattableString.Invariant(
                $"{Of(one => one.PublishesPerSend).Median:0.00} | {Of(one => one.Hearers).Median:0} | {redis.Median:0} µs ({redis.Lowest:0} to {redis.Highest:0})")
            : "– | – | –";
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"| {kind.Title} | {setup.Title} | {cpu.Median:0.0} µs ({cpu.Lowest:0.0} to {cpu.Highest:0.0}) | {1_000_000 / cpu.Median:N0} | {between} " +
            $"| {Of(one => one.MedianMilliseconds).Median:0.0} ms | {Of(one => one.SlowestPercentMilliseconds).Median:0.0} ms |");
    }

    private static void AppendIdle(StringBuilder text, ScaleOptions options, ScaleResults results)
    {
        text.AppendLine("| idle, with clients | CPU of each gateway | CPU of Redis | memory of Redis for each client |");
        text.AppendLine("|---|---|---|---|");
        foreach (var setup in options.Setups)
        {
            double Median(Func<IdleMeasurement, double> part) => results.IdleOf(setup, part).Median;
            var redis = setup.HasRedis
                ? FormattableString.Invariant($"{Median(one => one.RedisMillisecondsPerSecond):0.0} ms/s | {Median(one => one.RedisBytesPerClient):0} B")
                : "– | –";
            text.AppendLine(
                CultureInfo.InvariantCulture, $"| {setup.Title} | {Median(one => one.GatewayMillisecondsPerSecond):0.0} ms/s | {redis} |");
        }
    }

    private static void AppendConstants(StringBuilder text, RedisConstants constants)
    {
        text.AppendLine("| Redis alone | |");
        text.AppendLine("|---|---|");
        text.AppendLine(CultureInfo.InvariantCulture, $"| CPU for a message of 300 B that nobody hears, pipelined | {constants.MicrosecondsPerPublish:0.0} µs |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| CPU more for each node that hears it | {constants.MicrosecondsPerHearer:0.0} µs |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| CPU for a small command that comes alone | {constants.MicrosecondsPerBeat:0.0} µs |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| memory for a channel with one subscriber | {constants.BytesPerSubscription:0} B |");
    }
}
