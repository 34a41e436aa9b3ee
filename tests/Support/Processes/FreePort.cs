using System.Net;
using System.Net.Sockets;

namespace Serverless.Support.Processes;

/// <summary>Finds a port that nobody listens on; the operating system does not hand it out again at once.</summary>
public static class FreePort
{
    public static int Find()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
