using System.Text;
using Serverless.Fuzz.Runs;
using Serverless.Gateway.Backplane.Redis;

namespace Serverless.Fuzz.Parsers;

/// <summary>Messages between nodes, and replies of Redis.</summary>
public sealed class BackplaneTests
{
    private static readonly RespLimits Limits = new() { LineBytes = 1024, TextBytes = 16 * 1024, ReplyBytes = 64 * 1024 };

    [Fact]
    public Task A_reply_of_redis_is_read_the_same_whatever_the_cuts() => FuzzRun.RunAsync("resp", static (input, random) =>
    {
        var whole = ReadAll([input]);
        Assert.Equal(whole, ReadAll(Cuts.Pieces(input, random)));
        Assert.Equal(whole, ReadAll(Cuts.Pieces(input, random)));
    });

    private static string ReadAll(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var read = new StringBuilder();
        var reader = new RespReader(Limits);
        try
        {
            foreach (var piece in pieces)
            {
                var buffer = Cuts.Join([piece]);
                while (reader.TryRead(ref buffer, out var value))
                {
                    Append(read, value);
                    read.Append('\n');
                }

                Assert.True(buffer.IsEmpty);
            }

            return read.ToString();
        }
        catch (InvalidDataException exception)
        {
            return read.Append(exception.Message).ToString();
        }
    }

    private static void Append(StringBuilder read, RespValue value)
    {
        read.Append(value.Kind).Append(Convert.ToHexString(value.Bytes));
        foreach (var item in value.Items)
        {
            Append(read.Append(' '), item);
        }

        _ = value.IsError ? new RedisException(value.Text).Message : "";
        read.Append(value.Kind == ':' ? value.Number : 0).Append(';');
    }
}
