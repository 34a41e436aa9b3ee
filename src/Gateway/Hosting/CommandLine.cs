using System.Reflection;

namespace Serverless.Gateway.Hosting;

/// <summary>Answers <c>--help</c> and <c>--version</c> without starting the gateway.</summary>
internal static class CommandLine
{
    private const string Help = """
        The serverless gateway holds clients' SignalR connections and calls functions for their messages.

        Usage: dotnet Gateway.dll [options]        (from a clone: dotnet run --project src/Gateway -- [options])

          --urls ADDRESS[;ADDRESS]   addresses to listen on; default http://localhost:8888
          --environment NAME         Development allows the emulator's well-known access key; default Production
          --KEY=VALUE                any configuration key, for example:
            --Gateway:AccessKeys:0=TEXT                      the access key, at least 32 bytes
            --UpstreamSettings:Templates:0:UrlTemplate=URL   address of events, with {hub}, {category} and {event}
            --Gateway:Redis=HOST:PORT                        joins several nodes
            --Gateway:Tables=TEXT                            keeps membership, usage and dead letters in Azure Tables
          --help, -h                 prints this help
          --version                  prints the version

        Keys are read from appsettings.json beside the program, then from settings.json (the emulator's) in the working directory, then
        from environment variables with __ in place of : (Gateway__AccessKeys__0), then from the command line. Later values override earlier ones.
        docs/configuration.md lists all keys.
        """;

    /// <summary>Prints the answer; returns false if the arguments contain neither option.</summary>
    public static bool TryAnswer(string[] arguments)
    {
        var answer = arguments.Any(static argument => argument is "--help" or "-h" or "-?") ? Help
            : arguments.Contains("--version") ? Version
            : null;
        if (answer is not null)
        {
            Console.WriteLine(answer);
        }

        return answer is not null;
    }

    private static string Version => typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
