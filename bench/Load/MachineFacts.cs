using System.Runtime.InteropServices;

namespace Serverless.Load;

/// <summary>Describes the machine in one line, with the facts that affect the figures and without its name.</summary>
internal static class MachineFacts
{
    internal static string Describe()
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024.0 * 1024 * 1024);
        var kernel = Environment.OSVersion.Version.ToString(2);
        var runtime = RuntimeInformation.FrameworkDescription;
        return FormattableString.Invariant(
            $"{Environment.ProcessorCount} cores ({Processor()}), {memory:F0} GB, Linux {kernel}, {runtime}");
    }

    private static string Processor()
    {
        const string Name = "model name";
        foreach (var line in File.ReadLines("/proc/cpuinfo"))
        {
            if (line.StartsWith(Name, StringComparison.Ordinal))
            {
                return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
            }
        }

        return "unknown processor";
    }
}
