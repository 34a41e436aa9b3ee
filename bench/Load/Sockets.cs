using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Serverless.Load;

/// <summary>Opens raw non-blocking TCP sockets on the loopback network.</summary>
internal static unsafe class Sockets
{
    /// <summary>
    /// Starts to connect to <c>127.0.0.1:port</c>. Connections take turns with their own address, 127.0.0.2 and up: one address has 28,000
    /// ports, and a port is unavailable for a minute after its connection (TIME_WAIT).
    /// </summary>
    internal static int StartConnect(int port, int turn)
    {
        var socket = Open();
        Set(socket, Libc.LevelIp, Libc.OptionBindAddressNoPort, 1);
        Set(socket, Libc.LevelTcp, Libc.OptionNoDelay, 1);
        var local = Loopback((byte)(2 + (turn % 64)), 0);
        Check(Libc.Bind(socket, &local, sizeof(Libc.SocketAddress)));
        var remote = Loopback(1, port);
        if (Libc.Connect(socket, &remote, sizeof(Libc.SocketAddress)) < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error != Libc.InProgress)
            {
                throw new Win32Exception(error);
            }
        }

        return socket;
    }

    /// <summary>Listens on a free port of 127.0.0.1.</summary>
    internal static int Listen(out int port)
    {
        var socket = Open();
        Set(socket, Libc.LevelSocket, Libc.OptionReuseAddress, 1);
        var address = Loopback(1, 0);
        var length = sizeof(Libc.SocketAddress);
        Check(Libc.Bind(socket, &address, length));
        Check(Libc.Listen(socket, 4096));
        Check(Libc.GetSocketName(socket, &address, &length));
        port = BinaryPrimitives.ReverseEndianness(address.Port);
        return socket;
    }

    /// <summary>Accepts the next pending connection; returns -1 without one.</summary>
    internal static int Accept(int listener)
    {
        var socket = Libc.Accept(listener, null, null, Libc.NonBlocking | Libc.CloseOnExec);
        if (socket >= 0)
        {
            Set(socket, Libc.LevelTcp, Libc.OptionNoDelay, 1);
        }

        return socket;
    }

    /// <summary>Returns a port that was free a moment ago.</summary>
    internal static int FreePort()
    {
        var socket = Listen(out var port);
        _ = Libc.Close(socket);
        return port;
    }

    /// <summary>Returns the error of a connect, or 0 when it succeeded.</summary>
    internal static int ConnectError(int socket)
    {
        int error;
        var length = sizeof(int);
        Check(Libc.GetOption(socket, Libc.LevelSocket, Libc.OptionError, &error, &length));
        return error;
    }

    private static int Open()
    {
        var socket = Libc.Socket(Libc.Inet, Libc.Stream | Libc.NonBlocking | Libc.CloseOnExec, 0);
        return socket >= 0 ? socket : throw new Win32Exception();
    }

    private static Libc.SocketAddress Loopback(byte host, int port) => new()
    {
        Family = Libc.Inet,
        Port = BinaryPrimitives.ReverseEndianness((ushort)port),
        Address = BinaryPrimitives.ReverseEndianness(0x7F000000u | host),
    };

    private static void Set(int socket, int level, int option, int value) =>
        Check(Libc.SetOption(socket, level, option, &value, sizeof(int)));

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new Win32Exception();
        }
    }
}
