using System.Globalization;

namespace Serverless.Load.Scale;

/// <summary>The options of the command line.</summary>
internal sealed record ScaleOptions
{
    internal const string Usage = """
        Usage: bash bench/run.sh scale [options]
          --rounds N     runs of each number of nodes, in turns (5)
          --warmup S     seconds before each measurement (5)
          --seconds S    seconds of each measurement (10)
          --out FILE     puts the tables into this Markdown file
          --quick        one round, short times: for a look, not for the record
          --check        two nodes, 100 clients, a second each: is anything lost, or sent between nodes more often than it must?
        """;

    private const int Clients = 1000;
    private const int CheckClients = 100;

    internal int Rounds { get; init; } = 5;

    internal TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(5);

    internal TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    internal bool IsCheck { get; init; }

    internal string? Out { get; init; }

    internal int ClientCount => IsCheck ? CheckClients : Clients;

    internal IReadOnlyList<Setup> Setups => IsCheck
        ? [new Setup(2, HasRedis: true)]
        :
        [
            new Setup(1, HasRedis: false),
            new Setup(1, HasRedis: true),
            new Setup(2, HasRedis: true),
            new Setup(4, HasRedis: true),
            new Setup(2, HasRedis: true, IsAtLeastOnce: true),
        ];

    internal static ScaleOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new ScaleOptions();
        for (var i = 0; i < arguments.Length; i++)
        {
            options = arguments[i] switch
            {
                "--quick" => options with { Rounds = 1, WarmUp = TimeSpan.FromSeconds(1), Duration = TimeSpan.FromSeconds(3) },
                "--check" => options with { Rounds = 1, WarmUp = TimeSpan.FromSeconds(0.2), Duration = TimeSpan.FromSeconds(0.8), IsCheck = true },
                "--rounds" => options with { Rounds = (int)Number(arguments, ++i) },
                "--warmup" => options with { WarmUp = TimeSpan.FromSeconds(Number(arguments, ++i)) },
                "--seconds" => options with { Duration = TimeSpan.FromSeconds(Number(arguments, ++i)) },
                "--out" => options with { Out = Path.GetFullPath(Text(arguments, ++i)) },
                _ => throw new ArgumentException($"Unknown option {arguments[i]}."),
            };
        }

        return options;
    }

    private static string Text(ReadOnlySpan<string> arguments, int at) =>
        at < arguments.Length ? arguments[at] : throw new ArgumentException($"{arguments[at - 1]} needs a value.");

    private static double Number(ReadOnlySpan<string> arguments, int at) =>
        double.TryParse(Text(arguments, at), CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArgumentException($"{arguments[at - 1]} needs a positive number.");
}
