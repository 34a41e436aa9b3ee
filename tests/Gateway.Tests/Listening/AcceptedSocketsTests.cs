using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Listening;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Listening;

public sealed class AcceptedSocketsTests : IDisposable
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(10);

    private readonly Socket _listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly FakeTime _time = new();
    private readonly List<Socket> _clients = [];

    // Kestrel holds the sockets that it has accepted; the finalizer closes one that nothing holds.
    private readonly List<AcceptedSocket> _accepted = [];

    public AcceptedSocketsTests()
    {
        _listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listening.Listen();
    }

    public void Dispose()
    {
        foreach (var socket in _clients.Concat(_accepted))
        {
            socket.Dispose();
        }

        _listening.Dispose();
    }

    [Fact]
    public async Task A_socket_is_counted_until_its_descriptor_is_closed()
    {
        using var sockets = Create(clients: 4, others: 4);
        var socket = await AcceptAsync(sockets);
        Assert.Equal((1, 1), (sockets.Count, sockets.Silent));

        sockets.Began(socket);
        Assert.Equal((1, 0), (sockets.Count, sockets.Silent));

        socket.Dispose();
        socket.Dispose();
        sockets.Ended(socket);
        Assert.Equal((0, 0), (sockets.Count, sockets.Silent));
    }

    [Fact]
    public async Task Bytes_pass_in_both_directions()
    {
        using var sockets = Create(clients: 4, others: 4);
        using var socket = await AcceptAsync(sockets);
        var client = _clients[0];
        var bytes = new byte[3];

        await client.SendAsync("abc"u8.ToArray());
        Assert.Equal(3, await socket.ReceiveAsync(bytes));
        await socket.SendAsync(bytes);
        Assert.Equal(3, await client.ReceiveAsync(bytes));
        Assert.Equal("abc"u8.ToArray(), bytes);
        Assert.Equal(client.LocalEndPoint!.ToString()!.Split(':')[^1], socket.RemoteEndPoint!.ToString()!.Split(':')[^1]);
    }

    [Fact]
    public async Task The_oldest_silent_socket_is_closed_when_there_are_too_many()
    {
        using var sockets = Create(clients: 100, others: 3);
        for (var i = 0; i < 5; i++)
        {
            await AcceptAsync(sockets);
        }

        Assert.Equal(2, sockets.Evicted);
        await AssertEndsAsync(0);
        await AssertEndsAsync(1);
        Assert.False(Ended(_clients[2]));
    }

    [Fact]
    public async Task A_socket_that_serves_a_request_is_never_closed_for_room()
    {
        using var sockets = Create(clients: 1, others: 3);
        for (var i = 0; i < 4; i++)
        {
            sockets.Began(await AcceptAsync(sockets));
        }

        Assert.Equal((4, 0), (sockets.Count, sockets.Evicted));
        var room = sockets.WaitForRoomAsync(CancellationToken.None);
        Assert.False(room.IsCompleted);
        Assert.Equal(0, sockets.Evicted);
        Assert.DoesNotContain(_clients, Ended);
    }

    [Fact]
    public async Task A_socket_between_two_requests_is_closed_for_room_and_accepting_goes_on_when_it_has_gone()
    {
        using var sockets = Create(clients: 1, others: 3);
        var accepted = new List<AcceptedSocket>();
        for (var i = 0; i < 4; i++)
        {
            accepted.Add(await AcceptAsync(sockets));
            sockets.Began(accepted[i]);
        }

        sockets.Ended(accepted[2]);
        sockets.Ended(accepted[1]);
        var room = sockets.WaitForRoomAsync(CancellationToken.None).AsTask();
        await AssertEndsAsync(2);
        Assert.False(Ended(_clients[1]));
        Assert.False(room.IsCompleted);

        accepted[2].Dispose();
        await room.WaitAsync(WaitLimit);
    }

    [Fact]
    public async Task A_socket_that_stays_silent_is_closed_after_a_minute_and_one_with_a_request_is_not()
    {
        using var sockets = Create(clients: 100, others: 10);
        await AcceptAsync(sockets);
        sockets.Began(await AcceptAsync(sockets));

        _time.Advance(AcceptedSockets.SilenceTimeout - TimeSpan.FromSeconds(1));
        sockets.Sweep();
        Assert.Equal(0, sockets.Evicted);

        _time.Advance(TimeSpan.FromSeconds(1));
        sockets.Sweep();
        await AssertEndsAsync(0);
        Assert.False(Ended(_clients[1]));
        Assert.Equal(1, sockets.Evicted);
    }

    private AcceptedSockets Create(int clients, int others) => new(
        new NodeBudget(1000, clients, others, 1, 2, 1_000_000), _time, NullLogger<AcceptedSockets>.Instance);

    private async Task<AcceptedSocket> AcceptAsync(AcceptedSockets sockets)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _clients.Add(client);
        await client.ConnectAsync(_listening.LocalEndPoint!);
        var accepted = AcceptedSocket.From(await _listening.AcceptAsync(), sockets);
        _accepted.Add(accepted);
        return accepted;
    }

    private async Task AssertEndsAsync(int client)
    {
        using var limit = new CancellationTokenSource(WaitLimit);
        Assert.Equal(0, await _clients[client].ReceiveAsync(new byte[1], limit.Token));
    }

    private static bool Ended(Socket client) => client.Poll(0, SelectMode.SelectRead) && client.Available == 0;
}
