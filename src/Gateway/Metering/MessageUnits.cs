namespace Serverless.Gateway.Metering;

/// <summary>What a message counts for: one unit for each 2 KB begun (docs/contract/limits-and-metering.md#metered-messages).</summary>
internal static class MessageUnits
{
    /// <summary>Bytes of an encoded hub message, framing included, that make one unit.</summary>
    public const int UnitBytes = 2048;

    /// <summary>The units of one message of so many bytes.</summary>
    public static int Of(int bytes) => Math.Max(1, (bytes + UnitBytes - 1) / UnitBytes);
}
