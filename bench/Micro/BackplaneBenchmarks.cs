using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Backplane.Redis;
using Serverless.Gateway.Backplane.Signing;

namespace Serverless.Micro;

/// <summary>A message to other nodes into bytes and back, with its signature and without; a flood of forged ones is the hostile case.</summary>
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

    /// <summary>A message into its bytes, as before there were signatures.</summary>
    [Benchmark(Baseline = true)]
    public byte[] EncodeUnsigned() => _message.Encode();

    /// <summary>A message into its bytes and its signature.</summary>
    [Benchmark]
    public byte[] Encode() => _signer.Sign(_message, _place);

    /// <summary>Received bytes into a message, which is a part of them; its signature is passed over.</summary>
    [Benchmark]
    public int DecodeUnchecked()
    {
        _ = BackplaneMessage.Decode(_signed, out var length);
        return length;
    }

    /// <summary>The same, and the signature is checked.</summary>
    [Benchmark]
    public bool Decode() => Check(_signed) == SignatureCheck.Good;

    /// <summary>The signature is another's.</summary>
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
