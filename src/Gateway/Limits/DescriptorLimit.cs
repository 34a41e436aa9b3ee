using System.Runtime.InteropServices;

namespace Serverless.Gateway.Limits;

/// <summary>Reads and raises the number of file descriptors, including sockets, that this process may open.</summary>
internal static partial class DescriptorLimit
{
    /// <summary>The limit that is assumed on systems without one, such as Windows, or with "unlimited".</summary>
    public const int Unlimited = 1_048_576;

    private const int LinuxResource = 7; // RLIMIT_NOFILE in <bits/resource.h>
    private const int DarwinResource = 8; // RLIMIT_NOFILE in <sys/resource.h>

    /// <summary>Raises the soft limit to the hard limit.</summary>
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

    /// <summary>Returns the number of descriptors that this process has open; null on systems that do not show it.</summary>
    public static int? InUse() => OperatingSystem.IsLinux() ? Directory.GetFileSystemEntries("/proc/self/fd").Length : null;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    // struct rlimit { rlim_t rlim_cur; rlim_t rlim_max; } with a 64-bit rlim_t.
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct ResourceLimit(ulong Soft, ulong Hard);
}
