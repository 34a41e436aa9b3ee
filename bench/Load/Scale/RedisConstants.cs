using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Serverless.Load.Scale;

/// <summary>The costs of Redis itself, without a gateway: per message, per subscriber of a message, and per idle subscription.</summary>
/// <param name="MicrosecondsPerPublish">The CPU time for a message without subscribers.</param>
/// <param name="MicrosecondsPerHearer">The additional CPU time for each subscriber.</param>
/// <param name="BytesPerSubscription">The memory for a channel with one subscriber.</param>
/// <param name="MicrosecondsPerBeat">The CPU time for a small command that a connection sends on its own, such as a heartbeat.</param>
internal sealed record RedisConstants(
    double MicrosecondsPerPublish, double MicrosecondsPerHearer, double BytesPerSubscription, double MicrosecondsPerBeat)
{
    private const int MessageBytes = 300; // the size of a node's message for a REST message of 128 bytes
    private const int Hearers = 200;
    private const int Messages = 2000;
    private const int Batch = 10;
    private const int Subscriptions = 100_000;
    private const int SubscriptionsPerCommand = 500;
    private const int Beats = 5000;

    internal static RedisConstants Measure()
    {
        using var redis = new RedisProcess();
        using var publisher = new Speaker(redis.Port);
        var unheard = Publish(redis, publisher, []);
        var hearers = Enumerable.Range(0, Hearers).Select(_ => new Speaker(redis.Port)).ToArray();
        foreach (var hearer in hearers)
        {
            hearer.Say("SUBSCRIBE c\r\n");
            hearer.Hear("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n".Length);
        }

        var heard = Publish(redis, publisher, hearers);
        foreach (var hearer in hearers)
        {
            hearer.Dispose();
        }

        return new RedisConstants(unheard, (heard - unheard) / Hearers, MeasureSubscriptions(redis), MeasureBeats(redis, publisher));
    }

    // Each batch is received by all before the next one, so that a slow reader here does not become a queue in Redis.
    private static double Publish(RedisProcess redis, Speaker publisher, Speaker[] hearers)
    {
        var batch = string.Concat(Enumerable.Repeat($"*3\r\n$7\r\nPUBLISH\r\n$1\r\nc\r\n${MessageBytes}\r\n{new string('x', MessageBytes)}\r\n", Batch));
        var push = $"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n${MessageBytes}\r\n".Length + MessageBytes + 2;
        var answer = $":{hearers.Length}\r\n".Length;
        var before = redis.Cpu();
        for (var sent = 0; sent < Messages; sent += Batch)
        {
            publisher.Say(batch);
            publisher.Hear(answer * Batch);
            foreach (var hearer in hearers)
            {
                hearer.Hear(push * Batch);
            }
        }

        return (redis.Cpu() - before).TotalMicroseconds / Messages;
    }

    private static double MeasureSubscriptions(RedisProcess redis)
    {
        using var node = new Speaker(redis.Port);
        var before = redis.Memory();
        for (var i = 0; i < Subscriptions; i += SubscriptionsPerCommand)
        {
            var channels = Enumerable.Range(i, SubscriptionsPerCommand).Select(one => $"sg:{{bench}}:g:group-{one}").ToArray();
            node.Say($"SUBSCRIBE {string.Join(' ', channels)}\r\n");
            node.Hear(channels.Select((channel, at) =>
                "*3\r\n$9\r\nsubscribe\r\n".Length + $"${channel.Length}\r\n{channel}\r\n:{i + at + 1}\r\n".Length).Sum());
        }

        return (redis.Memory() - before) / (double)Subscriptions;
    }

    private static double MeasureBeats(RedisProcess redis, Speaker node)
    {
        var before = redis.Cpu();
        for (var i = 0; i < Beats; i++)
        {
            node.Say("EXISTS sg:beat:node\r\n");
            node.Hear(":0\r\n".Length);
        }

        return (redis.Cpu() - before).TotalMicroseconds / Beats;
    }

    /// <summary>A connection that reads replies of a known length.</summary>
    private sealed class Speaker : IDisposable
    {
        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _buffer = new byte[64 * 1024];

        internal Speaker(int port) => _socket.Connect("127.0.0.1", port);

        internal void Say(string commands) => _socket.Send(Encoding.ASCII.GetBytes(commands));

        internal void Hear(int bytes)
        {
            while (bytes > 0)
            {
                var received = _socket.Receive(_buffer.AsSpan(0, Math.Min(bytes, _buffer.Length)));
                bytes -= received > 0 ? received : throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"Redis closed a connection that waited for {bytes} bytes."));
            }
        }

        public void Dispose() => _socket.Dispose();
    }
}
