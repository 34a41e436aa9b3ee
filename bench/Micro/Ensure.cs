namespace Serverless.Micro;

/// <summary>Checks during set-up that a path gives the right result, before its time and memory are measured.</summary>
internal static class Ensure
{
    public static void That(bool right, string what)
    {
        if (!right)
        {
            throw new InvalidOperationException($"The benchmark is wrong: {what}.");
        }
    }

    public static void Equal(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string what) =>
        That(expected.SequenceEqual(actual), $"{what} is {Convert.ToHexString(actual)}, not {Convert.ToHexString(expected)}");
}
