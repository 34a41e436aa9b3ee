using System.Text;
using Serverless.Fuzz.Runs;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Signing;
using Serverless.Gateway.Tests.Backplane;

namespace Serverless.Fuzz.Parsers;

/// <summary>Messages between nodes, and replies of Redis.</summary>
public sealed class BackplaneTests
{
    // The signer of a deployment whose key has signed no corpus file.
    private static readonly BackplaneSigner Strangers = TestSigner.Create(keys: "another-deployment-s-key-0123456789abcdef");

    private static readonly RespLimits Limits = new() { LineBytes = 1024, TextBytes = 16 * 1024, ReplyBytes = 64 * 1024 };

    [Fact]
    public Task A_reply_of_redis_is_read_the_same_whatever_the_cuts() => FuzzRun.RunAsync("resp", static (input, random) =>
    {
        var whole = ReadAll([input]);
        Assert.Equal(whole, ReadAll(Cuts.Pieces(input, random)));
        Assert.Equal(whole, ReadAll(Cuts.Pieces(input, random)));
    });

    [Fact]
    public Task An_envelope_is_read_within_its_bytes_and_no_stranger_s_signature_is_good() => FuzzRun.RunAsync("envelopes", static (input, random) =>
    {
        if (BackplaneMessage.Decode(input, out var length) is { } message)
        {
            Assert.InRange(length, 1, input.Length);
            Assert.NotNull(BackplaneMessage.Decode(message.Encode(), out var again));
            Assert.True(again > 0);
            Assert.NotEqual(SignatureCheck.Good, Strangers.Check(input, length, "{hub}"u8));
        }
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
