using System.Text;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Redis;
using Serverless.Gateway.Backplane.Signing;
using Serverless.Protocol.MessagePack;
using Serverless.Support.Processes;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Backplane;

/// <summary>Tests signatures of messages between nodes, and the bytes that nodes of the version without signatures write and read.</summary>
public sealed class BackplaneSignerTests
{
    private const string Other = "another-key-0123456789-0123456789-0123456789";

    // [0, "nodeAAAA", 7, "chat", 1, "g", ["x"], bin "hi"]
    private static readonly byte[] OfTheVersionBefore =
        [0x98, 0x00, 0xa8, .. "nodeAAAA"u8, 0x07, 0xa4, .. "chat"u8, 0x01, 0xa1, (byte)'g', 0x91, 0xa1, (byte)'x', 0xc4, 0x02, .. "hi"u8];

    private readonly RedisNames _names = new();
    private readonly FakeTime _time = new();
    private readonly BackplaneMessage _message;
    private readonly string _place;

    public BackplaneSignerTests()
    {
        Assert.True(HubName.TryParseJoined("chat", out var hub));
        _message = new BackplaneMessage(BackplaneKind.Tell, "nodeAAAA", 7, hub, new Target(TargetKind.Group, "g", ["x"]), "hi"u8.ToArray());
        _place = _names.Of(hub, TargetKind.Group, "g");
    }

    [Fact]
    public void What_a_node_signs_is_good_at_its_place()
    {
        var bytes = TestSigner.Create(_time).Sign(_message, _place);
        Assert.Equal(SignatureCheck.Good, Check(TestSigner.Create(_time), bytes, _place));
        Assert.True(BackplaneMessage.Decode(bytes, out _)!.Payload.Span.SequenceEqual("hi"u8));
    }

    [Fact]
    public void It_is_good_at_no_other_place()
    {
        var bytes = TestSigner.Create(_time).Sign(_message, _place);
        string[] others = ["sg:{chat}:g:h", "sg:{other}:g:g", "sg:{chat}:u:g", "sg2:{chat}:g:g", "sg:{chat}:s", "sg:n:{nodeAAAA}", ""];
        Assert.All(others, other => Assert.Equal(SignatureCheck.Forged, Check(TestSigner.Create(_time), bytes, other)));
    }

    [Fact]
    public void No_bit_of_it_can_be_changed()
    {
        var bytes = TestSigner.Create(_time).Sign(_message, _place);
        var signer = TestSigner.Create(_time);
        for (var i = 0; i < bytes.Length * 8; i++)
        {
            var changed = bytes.ToArray();
            changed[i / 8] ^= (byte)(1 << (i % 8));
            if (BackplaneMessage.Decode(changed, out var length) is not null)
            {
                Assert.NotEqual(SignatureCheck.Good, signer.Check(changed, length, Encoding.UTF8.GetBytes(_place)));
            }
        }
    }

    [Fact]
    public void A_signature_that_is_cut_or_longer_is_forged_though_unsigned_ones_are_accepted()
    {
        var bytes = TestSigner.Create(_time).Sign(_message, _place);
        var signer = TestSigner.Create(_time, acceptsUnsigned: true);
        for (var length = OfTheVersionBefore.Length + 1; length < bytes.Length; length++)
        {
            Assert.Equal(SignatureCheck.Forged, Check(signer, bytes[..length], _place));
        }

        Assert.Equal(SignatureCheck.Forged, Check(signer, [.. bytes, 0], _place));
    }

    [Fact]
    public void Unsigned_ones_are_good_only_where_an_option_says_so()
    {
        Assert.Equal(SignatureCheck.Unsigned, Check(TestSigner.Create(_time), OfTheVersionBefore, _place));
        Assert.Equal(SignatureCheck.Good, Check(TestSigner.Create(_time, acceptsUnsigned: true), OfTheVersionBefore, _place));
        Assert.Equal(_message.Target.Name, BackplaneMessage.Decode(OfTheVersionBefore, out _)!.Target.Name);
    }

    [Fact]
    public void A_node_of_the_version_before_reads_what_is_signed()
    {
        var bytes = TestSigner.Create(_time).Sign(_message, _place);
        Assert.Equal(OfTheVersionBefore, bytes[..OfTheVersionBefore.Length]);
        Assert.Equal("0 nodeAAAA 7 chat 1 g x hi", DecodeAsTheVersionBefore(bytes));
    }

    [Fact]
    public void Keys_are_replaced_node_by_node_and_no_step_refuses_a_message()
    {
        // Each step of the documented order, with the mix of nodes that exists on the way to it.
        string[][] steps = [[TestSigner.Key], [TestSigner.Key, Other], [Other, TestSigner.Key], [Other]];
        for (var i = 0; i + 1 < steps.Length; i++)
        {
            foreach (var (from, to) in new[] { (i, i + 1), (i + 1, i), (i, i), (i + 1, i + 1) })
            {
                var bytes = TestSigner.Create(_time, keys: steps[from]).Sign(_message, _place);
                Assert.Equal(SignatureCheck.Good, Check(TestSigner.Create(_time, keys: steps[to]), bytes, _place));
            }
        }

        Assert.Equal(SignatureCheck.Forged, Check(TestSigner.Create(_time, keys: Other), TestSigner.Create(_time).Sign(_message, _place), _place));
    }

    [Fact]
    public void A_key_that_is_replaced_in_a_running_node_counts_at_once()
    {
        var keys = new ChangingKeys(TestSigner.Key);
        var signer = TestSigner.Of(keys.Keys, _time);
        Assert.Equal(SignatureCheck.Good, Check(signer, signer.Sign(_message, _place), _place));
        keys.Replace(Other);
        Assert.Equal(SignatureCheck.Good, Check(TestSigner.Create(_time, keys: Other), signer.Sign(_message, _place), _place));
    }

    [Fact]
    public void A_recorded_message_is_refused_when_its_time_is_over()
    {
        var bytes = TestSigner.Create(_time).Sign(_message, _place);
        var signer = TestSigner.Create(_time);
        _time.Advance(signer.MaxAge);
        Assert.Equal(SignatureCheck.Good, Check(signer, bytes, _place));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(SignatureCheck.Stale, Check(signer, bytes, _place));
        Assert.Equal(SignatureCheck.Good, signer.Check(bytes, OfTheVersionBefore.Length, Encoding.UTF8.GetBytes(_place), maxAge: null));

        // A message that has waited for Redis is signed again.
        signer.RenewIfOld(bytes, _place);
        Assert.Equal(SignatureCheck.Good, Check(signer, bytes, _place));
    }

    [Fact]
    public void A_clock_that_is_ahead_counts_as_long_as_clocks_may_differ()
    {
        var ahead = new FakeTime();
        ahead.Advance(_time.GetUtcNow() - ahead.GetUtcNow() + BackplaneSigner.Skew);
        Assert.Equal(SignatureCheck.Good, Check(TestSigner.Create(_time), TestSigner.Create(ahead).Sign(_message, _place), _place));
        ahead.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(SignatureCheck.Stale, Check(TestSigner.Create(_time), TestSigner.Create(ahead).Sign(_message, _place), _place));
    }

    [Fact]
    public void A_message_to_a_connection_is_signed_once_for_its_home_and_its_own_channel()
    {
        var node = NodeId.Create();
        var id = ConnectionId.Create(node);
        var message = _message with { Target = Target.Connection(id) };
        var own = _names.Of(message.Hub, TargetKind.Connection, id);
        Assert.Equal(own, _names.PlaceOf(_names.Home(message.Hub, node.Value), message));
        Assert.Equal(own, _names.PlaceOf(own, message));

        // A channel of another hub, and one of another node.
        Assert.True(HubName.TryParseJoined("other", out var hub));
        Assert.NotEqual(own, _names.PlaceOf(_names.Home(hub, node.Value), message));
        Assert.NotEqual(own, _names.PlaceOf(_names.Home(message.Hub, NodeId.Create().Value), message));
    }

    [Fact]
    public void Whatever_comes_is_read_or_refused()
    {
        var signer = TestSigner.Create(_time);
        var files = Directory.GetFiles(Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus", "envelopes"));
        Assert.NotEmpty(files);
        foreach (var file in files)
        {
            var bytes = File.ReadAllBytes(file);
            Assert.False(
                BackplaneMessage.Decode(bytes, out var length) is not null
                && signer.Check(bytes, length, Encoding.UTF8.GetBytes(_place)) == SignatureCheck.Good,
                file);
        }
    }

    private static SignatureCheck Check(BackplaneSigner signer, byte[] bytes, string place)
    {
        Assert.NotNull(BackplaneMessage.Decode(bytes, out var length));
        return signer.Check(bytes, length, Encoding.UTF8.GetBytes(place));
    }

    // Reads like that version, which ignores the bytes behind the array.
    private static string DecodeAsTheVersionBefore(byte[] bytes)
    {
        var reader = new MessagePackReader(bytes);
        Assert.Equal(8, reader.ReadArrayHeader());
        var text = $"{reader.ReadInt64()} {reader.ReadString()} {reader.ReadInt64()} {reader.ReadString()} {reader.ReadInt64()} {reader.ReadString()}";
        for (var i = reader.ReadArrayHeader(); i > 0; i--)
        {
            text += " " + reader.ReadString();
        }

        return text + " " + Encoding.UTF8.GetString(reader.ReadBinary());
    }
}
