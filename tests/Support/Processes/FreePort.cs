using System.Net;
using System.Net.Sockets;

namespace Serverless.Support.Processes;

/// <summary>
/// Finds a port that nobody listens on, below those that the operating system gives to who asks for any: between the search and the start
/// of the program that is to have it, nobody else gets it by chance.
/// </summary>
public static class FreePort
{
    private const int First = 12_000;
    private const int Count = 20_000;

    // Anywhere, so that test runs beside each other seldom meet.
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
                // The next one, then.
            }
        }
    }
}
