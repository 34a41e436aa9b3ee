using System.Runtime.InteropServices;

namespace Serverless.Gateway.Limits;

/// <summary>How many file descriptors, sockets included, this process may have open.</summary>
internal static partial class DescriptorLimit
{
    /// <summary>What is assumed where the system has no such limit, as Windows, or sets it to "unlimited".</summary>
    public const int Unlimited = 1_048_576;

    private const int LinuxResource = 7; // RLIMIT_NOFILE in <bits/resource.h>
    private const int DarwinResource = 8; // RLIMIT_NOFILE in <sys/resource.h>

    /// <summary>Raises the soft limit to the hard one and returns it.</summary>
    /// <returns>The limit in force, at most <see cref="Unlimited"/>.</returns>
    public static int Raise()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return Unlimited;
        }

        var resource = OperatingSystem.IsLinux() ? LinuxResource : DarwinResource;
        if (GetLimit(resource, out var limit) != 0)
        {
            return Unlimited;
        }

        if (limit.Soft < limit.Hard && SetLimit(resource, limit with { Soft = limit.Hard }) == 0)
        {
            limit = limit with { Soft = limit.Hard };
        }

        return (int)Math.Min(limit.Soft, Unlimited);
    }

    /// <summary>Descriptors that this process has open; null where the system does not show them.</summary>
    public static int? InUse() => OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : null;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    // struct rlimit { rlim_t rlim_cur; rlim_t rlim_max; } with a 64-bit rlim_t.
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ResourceLimit(ulong Soft, ulong Hard);
}
