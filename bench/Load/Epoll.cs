using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Serverless.Load;

/// <summary>Says which of many sockets have something to do. Level-triggered, so one system call per visit is enough.</summary>
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

    /// <summary>Watches a socket. Closing the socket ends it.</summary>
    internal void Add(int socket, int token, uint interest) => Control(OperationAdd, socket, token, interest);

    internal void Change(int socket, int token, uint interest) => Control(OperationModify, socket, token, interest);

    /// <summary>Waits until a socket is ready or <paramref name="limit"/> is over. The result is good until the next call.</summary>
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
