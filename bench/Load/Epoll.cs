using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Serverless.Load;

/// <summary>Finds the sockets that are ready. Level-triggered, so one read or write per visit is enough.</summary>
internal sealed unsafe class Epoll : IDisposable
{
    internal const uint Readable = 1;
    internal const uint Writable = 4;
    internal const uint Failed = 8 | 16;

    private const int Capacity = 1024;
    private const int OperationAdd = 1;
    private const int OperationModify = 3;

    private readonly int _descriptor;
    private readonly Libc.EpollEvent* _events;

    internal Epoll()
    {
        _descriptor = Libc.EpollCreate(Libc.CloseOnExec);
        if (_descriptor < 0)
        {
            throw new Win32Exception();
        }

        _events = (Libc.EpollEvent*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Libc.EpollEvent));
    }

    public void Dispose()
    {
        _ = Libc.Close(_descriptor);
        NativeMemory.Free(_events);
    }

    /// <summary>Adds a socket. Closing the socket removes it.</summary>
    internal void Add(int socket, int token, uint interest) => Control(OperationAdd, socket, token, interest);

    internal void Change(int socket, int token, uint interest) => Control(OperationModify, socket, token, interest);

    /// <summary>Waits until a socket is ready or <paramref name="limit"/> has passed. The result is valid until the next call.</summary>
    internal ReadOnlySpan<Libc.EpollEvent> Wait(TimeSpan limit)
    {
        var ticks = Math.Max(limit.Ticks, 0);
        var specification = new Libc.TimeSpecification
        {
            Seconds = ticks / TimeSpan.TicksPerSecond,
            Nanoseconds = ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
        var count = Libc.EpollWait(_descriptor, _events, Capacity, &specification, 0);
        if (count < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            return error == Libc.Interrupted ? [] : throw new Win32Exception(error);
        }

        return new ReadOnlySpan<Libc.EpollEvent>(_events, count);
    }

    private void Control(int operation, int socket, int token, uint interest)
    {
        var change = new Libc.EpollEvent { Events = interest, Data = (uint)token };
        if (Libc.EpollControl(_descriptor, operation, socket, &change) < 0)
        {
            throw new Win32Exception();
        }
    }
}
