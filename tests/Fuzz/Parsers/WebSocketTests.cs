using System.Buffers;
using System.Text;
using Serverless.Fuzz.Runs;
using Serverless.Gateway.Clients.Endpoints;
using Serverless.Gateway.Clients.Sessions;
using Serverless.Gateway.Clients.Transports.WebSockets;

namespace Serverless.Fuzz.Parsers;

/// <summary>Frames of clients, and the head of the upgrade request.</summary>
public sealed class WebSocketTests
{
    [Fact]
    public Task Frames_are_read_the_same_whatever_the_cuts() => FuzzRun.RunAsync("frames", static (input, random) =>
    {
        var whole = Frames([input]);
        Assert.Equal(whole, Frames(Cuts.Pieces(input, random)));
        Assert.Equal(whole, Frames(Cuts.Pieces(input, random)));
    });

    [Fact]
    public Task A_masked_payload_is_the_same_whatever_the_cuts() => FuzzRun.RunAsync("frames", static (input, random) =>
    {
        var mask = (uint)random.NextInt64(uint.MaxValue);
        var masked = new byte[input.Length];
        WebSocketMask.Remove(input, masked, mask, 0);
        var buffer = default(InboundBuffer);
        long offset = 0;
        foreach (var piece in Cuts.Pieces(masked, random))
        {
            WebSocketMask.Remove(piece.Span, buffer.Extend(piece.Length), mask, (int)(offset & 3));
            offset += piece.Length;
        }

        Assert.True(buffer.Bytes.SequenceEqual(input));
        buffer.Release();
    });

    // The front decides by the first bytes of a connection, so a cut within "GET /client" leaves the head to the HTTP server.
    [Fact]
    public Task An_upgrade_is_read_the_same_whatever_the_cuts_or_left_to_http() => FuzzRun.RunAsync("heads", static (input, random) =>
    {
        var whole = Upgrade([input]);
        Assert.Equal(whole, Upgrade(Cuts.Pieces(input, random, first: 16)));
        Assert.Contains(Upgrade(Cuts.Pieces(input, random)), (string[])[whole, "left to HTTP"]);
    });

    private static string Frames(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var read = new StringBuilder();
        var (come, left) = (new List<ReadOnlyMemory<byte>>(), 0L);
        try
        {
            foreach (var piece in pieces)
            {
                come.Add(piece);
                var buffer = Cuts.Join(come);
                while (true)
                {
                    var skipped = Math.Min(left, buffer.Length);
                    buffer = buffer.Slice(skipped);
                    left -= skipped;
                    if (left > 0 || !WebSocketFrameHeader.TryRead(ref buffer, out var header))
                    {
                        break;
                    }

                    Assert.True(header.Length >= 0 && (!header.IsControl || header is { Length: <= 125, Fin: true }));
                    read.Append(header).Append('\n');
                    left = header.Length;
                }

                come = [buffer.ToArray()];
            }

            return read.Append(left).Append(" left").ToString();
        }
        catch (WebSocketProtocolException exception)
        {
            return read.Append(exception.Message).ToString();
        }
    }

    private static string Upgrade(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var buffer = Cuts.Join(pieces);
        return UpgradeRequest.TryParse(buffer, out var head)
            ? $"{head.Query} {head.Host} {head.Key} {head.Authorization} {head.Origin} {buffer.Slice(head.End).Length}"
            : "left to HTTP";
    }
}
