namespace Serverless.Micro;

/// <summary>What set-ups use to check that a path gives the right result before its time and memory mean anything.</summary>
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
