using System.Buffers;
using MessagePack;

namespace Serverless.Hubs.Tests.Support;

/// <summary>Reads the bodies of messages in both hub protocols, with a reader that is independent of the library's.</summary>
internal static class GatewayBodies
{
    /// <summary>Returns the framed message of each protocol in a body of the type <c>application/octet-stream</c>.</summary>
    public static IReadOnlyDictionary<string, byte[]> ReadProtocols(this RecordedRequest request)
    {
        var reader = new MessagePackReader(request.Bytes);
        var messages = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            messages.Add(reader.ReadString()!, reader.ReadBytes()!.Value.ToArray());
        }

        Assert.True(reader.End);
        return messages;
    }
}
