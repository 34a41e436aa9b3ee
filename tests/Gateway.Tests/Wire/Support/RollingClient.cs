using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Serverless.Gateway.Tests.Wire.Support;

/// <summary>A client that reconnects whenever a close allows it, and records the numbered messages that it receives.</summary>
internal sealed class RollingClient(Uri gateway, string hub, string user, DeliveryRecord record)
{
    private static readonly byte[] Handshake = "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray();

    /// <summary>The current session; null between sessions.</summary>
    public SeenSession? Current { get; private set; }

    /// <summary>True when a broken transport is also a reason to reconnect.</summary>
    public bool MayBreak { get; init; }

    /// <summary>The description of an unexpected end, or null.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var socket = new ClientWebSocket();
            socket.Options.Proxy = null;
            socket.Options.SetRequestHeader("Authorization", $"Bearer {GatewayFixture.ClientToken(hub, user)}");
            try
            {
                var address = new UriBuilder(gateway) { Scheme = "ws", Path = "/client/", Query = $"hub={hub}" }.Uri;
                await socket.ConnectAsync(address, Waits.Limited());
                await socket.SendAsync(Handshake, WebSocketMessageType.Text, endOfMessage: true, Waits.Limited());
                await ReadAsync(socket, stop);
            }
            catch (WebSocketException) when (Current is null)
            {
                // Refused, because the node is draining; the next node may accept.
                await Task.Delay(20, CancellationToken.None);
            }
            catch (WebSocketException) when (MayBreak)
            {
                Current!.ClosedAt = Stopwatch.GetTimestamp();
            }
            catch (WebSocketException exception)
            {
                Trouble = exception.Message;
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The test has ended.
            }
            finally
            {
                Current = null;
            }
        }
    }

    private async Task ReadAsync(ClientWebSocket socket, CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        var text = new StringBuilder();
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), stop);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                // Closed before the handshake response, or without a Close.
                if (MayBreak && Current is not null)
                {
                    Current.ClosedAt = Stopwatch.GetTimestamp();
                    return;
                }

                Trouble ??= Current is null ? null : "The transport was closed without a Close message.";
                return;
            }

            text.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
            var frames = text.ToString().Split('\u001e');
            text.Clear().Append(frames[^1]);
            foreach (var frame in frames[..^1])
            {
                if (!Take(frame))
                {
                    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Waits.Limited());
                    return;
                }
            }
        }
    }

    // Returns false at a Close.
    private bool Take(string frame)
    {
        using var json = JsonDocument.Parse(frame);
        if (Current is null)
        {
            if (json.RootElement.TryGetProperty("error", out _))
            {
                return false;
            }

            Current = record.Open(Stopwatch.GetTimestamp());
            return true;
        }

        switch (json.RootElement.GetProperty("type").GetInt32())
        {
            case 1:
                Current.Seen.Enqueue(json.RootElement.GetProperty("arguments")[0].GetInt32());
                return true;
            case 7:
                Current.ClosedAt = Stopwatch.GetTimestamp();
                Trouble ??= json.RootElement.TryGetProperty("allowReconnect", out var allowed) && allowed.GetBoolean() ? null : frame;
                return false;
            default:
                return true;
        }
    }
}
