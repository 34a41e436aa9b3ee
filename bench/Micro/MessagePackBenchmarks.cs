using System.Text;
using BenchmarkDotNet.Attributes;
using Serverless.Protocol;
using Serverless.Protocol.MessagePack;
using Package = global::MessagePack;

namespace Serverless.Micro;

/// <summary>
/// Reads and skips an invocation of 72 bytes with the project's own reader and with the MessagePack package: the figures of
/// docs/decisions. Both read the id and the target as strings, and slice the arguments. The fastest iteration is shown too, because it hardly
/// depends on what else a machine does.
/// </summary>
[MinColumn]
public class MessagePackBenchmarks
{
    private const int MessageBytes = 72;

    private byte[] _message = [];

    /// <summary>Gets or sets the size of the message in bytes.</summary>
    [Params(MessageBytes)]
    public int Size { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        var framed = Sample.Written(Arguments(), static (output, arguments) =>
            HubProtocol.MessagePack.WriteInvocation(output, Sample.InvocationId, Sample.Target, arguments));
        Ensure.That(HubProtocol.MessagePack.TryCut(framed, 0, int.MaxValue, out var message, out _), "there is no hub message");
        _message = message.ToArray();
        var arguments = Arguments().Length;

        Ensure.That(_message.Length == Size, $"the message has {_message.Length} bytes");
        Ensure.That(Read() == arguments && ReadByPackage() == arguments, "the arguments are not read whole");
        Ensure.That(Skip() == Size && SkipByPackage() == Size, "the message is not skipped whole");
    }

    [Benchmark]
    public int Read()
    {
        var message = HubProtocol.MessagePack.Read(_message);
        return message.InvocationId!.Length + message.Target!.Length + message.Arguments.Length - Sample.InvocationId.Length - Sample.Target.Length;
    }

    /// <summary>The same fields with the package's reader, without the checks of the project's own protocol.</summary>
    [Benchmark]
    public int ReadByPackage()
    {
        var reader = new Package.MessagePackReader(_message);
        var count = reader.ReadArrayHeader();
        Ensure.That(reader.ReadInt32() == (int)HubMessageType.Invocation, "the message is of another type");
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            reader.Skip();
            reader.Skip();
        }

        var id = reader.ReadString()!;
        var target = reader.ReadString()!;
        var arguments = reader.ReadRaw();
        if (count > 5)
        {
            reader.Skip();
        }

        return id.Length + target.Length + (int)arguments.Length - Sample.InvocationId.Length - Sample.Target.Length;
    }

    [Benchmark]
    public int Skip()
    {
        var reader = new MessagePackReader(_message);
        reader.Skip();
        return reader.Position;
    }

    [Benchmark]
    public int SkipByPackage()
    {
        var reader = new Package.MessagePackReader(_message);
        reader.Skip();
        return (int)reader.Consumed;
    }

    private static byte[] Arguments() => Sample.Written(
        Encoding.UTF8.GetBytes("[17,\"alice\",{\"text\":\"A text of twenty-nine letters\",\"urgent\":false}]"),
        static (output, json) => Transcoder.JsonToMessagePack(json, output));
}
