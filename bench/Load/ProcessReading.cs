using System.ComponentModel;
using System.Globalization;

namespace Serverless.Load;

/// <summary>Reads the operating system's figures about processes, mostly from <c>/proc</c>.</summary>
internal static class ProcessReading
{
    private const int TicksPerSecond = 100;
    private const int BytesPerKilobyte = 1024;
    private const double NanosecondsPerMicrosecond = 1000;

    /// <summary>Returns the user and system time of all threads, ended threads included.</summary>
    internal static unsafe TimeSpan Cpu(int process)
    {
        // From the clock: /proc/PID/stat has a resolution of 10 ms, too coarse for a total of 100 ms.
        int clock;
        if (Libc.GetCpuClock(process, &clock) != 0)
        {
            throw new InvalidOperationException($"Process {process} has ended.");
        }

        Libc.TimeSpecification time;
        return Libc.GetTime(clock, &time) == 0
            ? TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / NanosecondsPerMicrosecond)
            : throw new Win32Exception();
    }

    /// <summary>Returns the time in which the machine's processors were not idle, stolen time included.</summary>
    internal static TimeSpan MachineCpu()
    {
        using var lines = new StreamReader("/proc/stat");
        var fields = lines.ReadLine()!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // User, nice, system; then interrupts, soft interrupts and stolen time.
        return FromTicks(
            Number(fields[1]) + Number(fields[2]) + Number(fields[3]) + Number(fields[6]) + Number(fields[7]) + Number(fields[8]));
    }

    /// <summary>Returns the resident memory in bytes.</summary>
    internal static long Memory(int process) => StatusNumber($"/proc/{process}/status", "VmRSS:") * BytesPerKilobyte;

    /// <summary>Returns the number of voluntary context switches of the threads that exist now.</summary>
    internal static long VoluntarySwitches(int process)
    {
        var sum = 0L;
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            try
            {
                sum += StatusNumber(Path.Combine(thread, "status"), "voluntary_ctxt_switches:");
            }
            catch (IOException)
            {
                // The thread has ended.
            }
        }

        return sum;
    }

    private static long StatusNumber(string file, string name)
    {
        foreach (var line in File.ReadLines(file))
        {
            if (line.StartsWith(name, StringComparison.Ordinal))
            {
                return Number(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim());
            }
        }

        throw new InvalidDataException($"The system does not report {name}");
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static TimeSpan FromTicks(long ticks) => TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
}
