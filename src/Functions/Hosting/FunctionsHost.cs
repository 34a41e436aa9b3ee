namespace Serverless.Functions.Hosting;

/// <summary>The Functions host, which starts this program as its worker.</summary>
internal static class FunctionsHost
{
    /// <summary>Gets a value that indicates whether the host has started this program. It sets the variable for every worker.</summary>
    public static bool HasStartedThis => Environment.GetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY") is { Length: > 0 };
}
