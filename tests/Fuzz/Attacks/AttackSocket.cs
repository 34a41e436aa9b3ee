using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Serverless.Fuzz.Runs;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Fuzz.Attacks;

/// <summary>A connection that sends arbitrary bytes in pieces and waits briefly for a response. The end of the connection is not an error.</summary>
internal sealed partial class AttackSocket(Socket socket, string kind, Answers answers) : IDisposable
{
    private static readonly TimeSpan PatienceForFirst = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan PatienceForMore = TimeSpan.FromMilliseconds(40);

    public static async Task<AttackSocket> OpenAsync(Uri gateway, string kind, Answers answers)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(gateway.Host, gateway.Port, Waits.Limited());
        return new AttackSocket(socket, kind, answers);
    }

    /// <summary>Sends bytes in a few pieces.</summary>
    public async Task SendAsync(byte[] bytes, Random random)
    {
        try
        {
            for (var sent = 0; sent < bytes.Length;)
            {
                var length = random.Next(3) == 0 ? random.Next(1, bytes.Length - sent + 1) : bytes.Length - sent;
                await socket.SendAsync(bytes.AsMemory(sent, length), Waits.Limited());
                sent += length;
            }
        }
        catch (SocketException)
        {
            // The gateway has closed the connection.
        }
    }

    /// <summary>Reads until the connection ends or stays silent for a moment, and counts the statuses.</summary>
    public async Task<string> ReceiveAsync()
    {
        var (all, patience, chunk) = (new StringBuilder(), PatienceForFirst, new byte[16 * 1024]);
        try
        {
            while (all.Length < Mutator.MaxBytes)
            {
                using var limit = new CancellationTokenSource(patience);
                var length = await socket.ReceiveAsync(chunk, limit.Token);
                if (length == 0)
                {
                    break;
                }

                all.Append(Encoding.Latin1.GetString(chunk, 0, length));
                patience = PatienceForMore;
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // The connection was reset, or the gateway waits for the rest of the request.
        }

        var text = all.ToString();
        foreach (Match status in Status().Matches(text))
        {
            answers.Count(kind, status.Groups[1].Value);
        }

        return text;
    }

    /// <summary>Resets the connection instead of closing it.</summary>
    public void Break()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public void Dispose() => socket.Dispose();

    [GeneratedRegex(@"HTTP/1\.1 (\d\d\d)")]
    private static partial Regex Status();
}

/// <summary>The statuses of the responses, by kind of attack.</summary>
internal sealed class Answers
{
    private readonly ConcurrentDictionary<(string Kind, string Status), int> _counts = new();

    /// <summary>
    /// The statuses that an attacker must not be able to cause. 505 answers an unknown HTTP version, 503 and 504 a node that waits for another.
    /// </summary>
    public IEnumerable<string> Failures => _counts.Keys.Select(static key => key.Status).Where(static status => status[0] == '5' && status is not ("503" or "504" or "505"));

    public void Count(string kind, string status) => _counts.AddOrUpdate((kind, status), 1, static (_, count) => count + 1);

    public override string ToString() => string.Join("; ", _counts.GroupBy(static pair => pair.Key.Kind).Select(static kind =>
        $"{kind.Key} {string.Join(", ", kind.OrderBy(static pair => pair.Key.Status).Select(static pair => $"{pair.Key.Status}: {pair.Value}"))}"));
}
