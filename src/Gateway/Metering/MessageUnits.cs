namespace Serverless.Gateway.Metering;

/// <summary>Computes the units of a message: one for each 2 KB begun (docs/contract/limits-and-metering.md#metered-messages).</summary>
internal static class MessageUnits
{
    /// <summary>The bytes of an encoded hub message, including its framing, in one unit.</summary>
    public const int UnitBytes = 2048;

    /// <summary>Returns the units of one message.</summary>
    public static int Of(int bytes) => Math.Max(1, (bytes + UnitBytes - 1) / UnitBytes);
}
