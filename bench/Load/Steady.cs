using System.Globalization;

namespace Serverless.Load;

/// <summary><c>Load steady</c>: runs the gateway under an even load while another program observes it, such as through its dashboard.</summary>
internal static class Steady
{
    internal const string Usage = "Usage: Load steady CLIENTS INVOCATIONS-PER-SECOND SECONDS";

    /// <summary>Prints the gateway's port once all clients are connected, and ends after the given number of seconds.</summary>
    /// <returns>True if no message was lost.</returns>
    internal static bool Run(ReadOnlySpan<string> arguments)
    {
        if (arguments is not [var clients, var perSecond, var seconds])
        {
            throw new ArgumentException(Usage);
        }

        using var upstream = new UpstreamProcess();
        using var server = ServerProcess.Start(Subject.Gateway, upstream.Port, connectionEvents: false);
        using var loop = new ClientLoop([server.Subject.Clients(server.Port)], Number(clients));
        var connecting = new ConnectingWorkload(loop);
        if (!loop.Run(connecting, TimeSpan.FromMinutes(2), () => connecting.IsDone) || loop.Broken > 0)
        {
            throw new InvalidOperationException($"Not all clients could connect: {loop.FirstFault ?? "the server does not answer"}");
        }

        Console.WriteLine(server.Port);
        var workload = new InvocationWorkload(loop, payloadBytes: 128, Number(perSecond));
        workload.StartWindow();
        loop.Run(workload, TimeSpan.FromSeconds(Number(seconds)));
        workload.EndWindow();
        workload.Stop();
        loop.Run(workload, TimeSpan.FromSeconds(15), () => workload.IsQuiet);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{workload.Items} invocations answered, {workload.Faults}"));
        return workload.Faults.Sum == 0;
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
        ? number
        : throw new ArgumentException($"'{text}' is not a positive number. {Usage}");
}
