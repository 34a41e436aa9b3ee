using System.Text;

namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>
/// Computes the slot of a key or channel in a cluster: CRC16 (XMODEM) of its name, or of the text in its first braces, modulo 16384 (Redis
/// cluster specification, "Key distribution model").
/// </summary>
internal static class HashSlot
{
    public const int Count = 16384;

    private const int Polynomial = 0x1021;
    private static readonly ushort[] Table = CreateTable();

    public static int Of(string key) => Of(Encoding.UTF8.GetBytes(key));

    public static int Of(ReadOnlySpan<byte> key)
    {
        var open = key.IndexOf((byte)'{');
        var length = open < 0 ? -1 : key[(open + 1)..].IndexOf((byte)'}');
        var hashed = length > 0 ? key.Slice(open + 1, length) : key;
        ushort crc = 0;
        foreach (var b in hashed)
        {
            crc = (ushort)((crc << 8) ^ Table[(crc >> 8) ^ b]);
        }

        return crc % Count;
    }

    private static ushort[] CreateTable()
    {
        var table = new ushort[256];
        for (var i = 0; i < table.Length; i++)
        {
            var crc = i << 8;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ Polynomial : crc << 1;
            }

            table[i] = (ushort)crc;
        }

        return table;
    }
}
