using System.Globalization;

namespace Serverless.Load;

/// <summary>The options of the command line.</summary>
internal sealed record BenchOptions
{
    private const int CheckClients = 200;

    internal const string Usage = """
        Usage: bash bench/run.sh [options], or bash bench/run.sh scale [options] for several nodes
          --pairs N       runs of each server and scenario, in turns (5)
          --warmup S      seconds before each measurement (15)
          --seconds S     seconds of each measurement (10)
          --only NAME     only this scenario; may be repeated
          --subject NAME  only this server, gateway or signalr
          --cost          what watching the gateway costs: by a scraper, a collector of metrics, one of traces, a live trace
          --build NAME=F  with --cost, also a build of the gateway whose project is in folder F; may be repeated, and all
                          are compared with the first
          --unwatched     with --cost, the builds and today's gateway alone, with nobody who watches
          --beside        the servers of a pair at the same time, for paced scenarios: what slows the machine slows them all
          --others P      repeat a run, twice at most, if others took more than P % of the machine meanwhile (5)
          --out FILE      puts the tables into this Markdown file
          --quick         one pair, short times: for a look, not for the record
          --check         200 clients, under a second each: does it work, and is nothing lost?
        """;

    internal int Pairs { get; init; } = 5;

    internal TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(15);

    internal TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The time in which memory settles before the first sample: more than one round of pings.</summary>
    internal TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The share of the machine that other processes may take before a run is repeated.</summary>
    internal double OthersLimit { get; init; } = 0.05;

    internal bool IsCheck { get; init; }

    internal bool IsCost { get; init; }

    /// <summary>True when the servers run at the same time, not in turns.</summary>
    internal bool IsBeside { get; init; }

    internal string? Out { get; init; }

    internal IReadOnlyList<Subject> Subjects { get; init; } = [Subject.Gateway, Subject.Peer];

    internal IReadOnlyList<Scenario> Scenarios { get; init; } = Load.Scenarios.All;

    internal int Limit(int clients) => IsCheck ? Math.Min(clients, CheckClients) : clients;

    internal static BenchOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new BenchOptions();
        var only = new List<Scenario>();
        var builds = new List<Subject>();
        var isUnwatched = false;
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--quick":
                    options = options with { Pairs = 1, WarmUp = TimeSpan.FromSeconds(4), Duration = TimeSpan.FromSeconds(5) };
                    break;
                case "--check":
                    options = options with
                    {
                        Pairs = 1,
                        WarmUp = TimeSpan.FromSeconds(0.3),
                        Duration = TimeSpan.FromSeconds(0.7),
                        Settle = TimeSpan.FromSeconds(0.3),
                        IsCheck = true,
                    };
                    break;
                case "--pairs":
                    options = options with { Pairs = (int)Number(arguments, ++i) };
                    break;
                case "--warmup":
                    options = options with { WarmUp = TimeSpan.FromSeconds(Number(arguments, ++i)) };
                    break;
                case "--seconds":
                    options = options with { Duration = TimeSpan.FromSeconds(Number(arguments, ++i)) };
                    break;
                case "--others":
                    options = options with { OthersLimit = Number(arguments, ++i) / 100 };
                    break;
                case "--only":
                    only.Add(Find(Load.Scenarios.All, Text(arguments, ++i), scenario => scenario.Name));
                    break;
                case "--subject":
                    options = options with { Subjects = [Find(options.Subjects, Text(arguments, ++i), subject => subject.Name)] };
                    break;
                case "--cost":
                    options = options with { IsCost = true };
                    break;
                case "--beside":
                    options = options with { IsBeside = true };
                    break;
                case "--unwatched":
                    isUnwatched = true;
                    break;
                case "--build":
                    var build = Text(arguments, ++i).Split('=', 2);
                    builds.Add(new GatewaySubject(build[0], Path.GetFullPath(build[^1]), builds.FirstOrDefault()));
                    break;
                case "--out":
                    options = options with { Out = Path.GetFullPath(Text(arguments, ++i)) };
                    break;
                default:
                    throw new ArgumentException($"Unknown option {arguments[i]}.");
            }
        }

        if (options.IsCost)
        {
            options = options with { Subjects = isUnwatched ? [.. builds, CostReport.Unwatched(builds.FirstOrDefault())] : [.. builds, .. CostReport.Subjects] };
        }

        return only.Count == 0 ? options : options with { Scenarios = only };
    }

    private static T Find<T>(IReadOnlyList<T> all, string name, Func<T, string> nameOf)
        where T : class =>
        all.FirstOrDefault(one => nameOf(one).Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no {name}; there are {string.Join(", ", all.Select(nameOf))}.");

    private static string Text(ReadOnlySpan<string> arguments, int at) =>
        at < arguments.Length ? arguments[at] : throw new ArgumentException($"{arguments[at - 1]} needs a value.");

    private static double Number(ReadOnlySpan<string> arguments, int at) =>
        double.TryParse(Text(arguments, at), CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new ArgumentException($"{arguments[at - 1]} needs a positive number.");
}
