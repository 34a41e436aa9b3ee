using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Redis;
using Serverless.Gateway.Backplane.Signing;

namespace Serverless.Micro;

/// <summary>
/// Encodes a message to other nodes and decodes it, with its signature and without. A flood of forged messages is the hostile case.
/// </summary>
public class BackplaneBenchmarks
{
    private const int Huge = 64 * 1024;

    private readonly BackplaneSigner _signer = SignerOf(AccessOptions.EmulatorKey);
    private BackplaneMessage _message = null!;
    private string _place = "";
    private byte[] _channel = [];
    private byte[] _signed = [];
    private byte[] _forged = [];

    [Params(Sample.Small, Sample.Large, Huge)]
    public int Size { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        Ensure.That(HubName.TryParseJoined("chat", out var hub), "the hub has no name");
        _message = new BackplaneMessage(BackplaneKind.Tell, NodeId.Create().Value, 0, hub, Target.Group("room"), new byte[Size]);
        _place = new RedisNames().Of(hub, TargetKind.Group, "room");
        _channel = Encoding.UTF8.GetBytes(_place);
        _signed = Encode();
        _forged = SignerOf("a-key-of-another-deployment-0123456789-0123").Sign(_message, _place);
        Ensure.That(Decode(), "a signed message is not good");
        Ensure.That(Forged(), "a forged message is good");
    }

    /// <summary>Encodes a message without a signature.</summary>
    [Benchmark(Baseline = true)]
    public byte[] EncodeUnsigned() => _message.Encode();

    /// <summary>Encodes and signs a message.</summary>
    [Benchmark]
    public byte[] Encode() => _signer.Sign(_message, _place);

    /// <summary>Decodes received bytes into a message, which is a slice of them, and skips its signature.</summary>
    [Benchmark]
    public int DecodeUnchecked()
    {
        _ = BackplaneMessage.Decode(_signed, out var length);
        return length;
    }

    /// <summary>Decodes received bytes and verifies the signature.</summary>
    [Benchmark]
    public bool Decode() => Check(_signed) == SignatureCheck.Good;

    /// <summary>Decodes received bytes whose signature does not match.</summary>
    [Benchmark]
    public bool Forged() => Check(_forged) == SignatureCheck.Forged;

    private static BackplaneSigner SignerOf(string key) => new(
        new AccessKeys(Options.Create(new AccessOptions { AccessKeys = { key } })), TimeProvider.System, TimeSpan.FromSeconds(15), static () => false);

    private SignatureCheck Check(byte[] bytes)
    {
        _ = BackplaneMessage.Decode(bytes, out var length);
        return _signer.Check(bytes, length, _channel);
    }
}
