using System.Net;
using System.Net.Sockets;

namespace Serverless.FunctionsHost.Processes;

/// <summary>
/// Finds an unused port below the range from which the operating system assigns ports, so that no other program is assigned it between
/// the search and the start of the program that will use it.
/// </summary>
internal static class FreePort
{
    private const int First = 12_000;
    private const int Count = 20_000;

    // A random start, so that hosts that start together rarely choose the same port.
    private static int _last = Random.Shared.Next(Count);

    public static int Find()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref _last) % Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                socket.Listen();
                return port;
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The port is in use; try the next one.
            }
        }
    }
}
