using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Protocol;

namespace Serverless.Gateway.Connections.Membership;

/// <summary>
/// Represents the connections of a hub, a group or a user, which are addressed together. It is a dense list with an index, so that a
/// fan-out walks an array. An emptied set is dead and is replaced by a new one.
/// </summary>
internal sealed class MemberSet
{
    // Up to this many receivers the publisher writes itself, because waking a worker would cost more.
    private const int FewMembers = 16;

    private readonly Lock _gate = new();
    private readonly bool _diesWhenEmpty;
    private readonly Dictionary<ClientConnection, int> _places = [];
    private readonly int[] _perProtocol = new int[HubProtocol.Count];
    private ClientConnection[] _members = new ClientConnection[1];
    private int _count;
    private bool _dead;

    public MemberSet(bool diesWhenEmpty) => _diesWhenEmpty = diesWhenEmpty;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a connection. Adding it again has no effect.</summary>
    /// <returns>False if this set is dead and the caller must use a new one.</returns>
    public bool TryAdd(ClientConnection connection)
    {
        lock (_gate)
        {
            if (_dead)
            {
                return false;
            }

            if (_places.TryAdd(connection, _count))
            {
                if (_count == _members.Length)
                {
                    Array.Resize(ref _members, _count * 2);
                }

                _members[_count] = connection;
                CountProtocol(connection, 1);
                Volatile.Write(ref _count, _count + 1);
            }

            return true;
        }
    }

    /// <summary>Removes a connection.</summary>
    /// <returns>True if the set is dead now and must be removed from its table.</returns>
    public bool Remove(ClientConnection connection)
    {
        lock (_gate)
        {
            if (!_places.Remove(connection, out var place))
            {
                return false;
            }

            var last = _count - 1;
            if (place != last)
            {
                _members[place] = _members[last];
                _places[_members[place]] = place;
            }

            _members[last] = null!;
            CountProtocol(connection, -1);
            Volatile.Write(ref _count, last);
            _dead = last == 0 && _diesWhenEmpty;
            return _dead;
        }
    }

    /// <summary>Returns the members at this moment.</summary>
    public ClientConnection[] Snapshot()
    {
        lock (_gate)
        {
            return _members.AsSpan(0, _count).ToArray();
        }
    }

    /// <summary>Returns at most a number of members.</summary>
    public ClientConnection[] First(int maxCount)
    {
        lock (_gate)
        {
            return _members.AsSpan(0, Math.Min(_count, maxCount)).ToArray();
        }
    }

    public bool Contains(ClientConnection connection)
    {
        lock (_gate)
        {
            return _places.ContainsKey(connection);
        }
    }

    /// <summary>Returns true when all members are excluded. Compares the members only if there are few enough.</summary>
    public bool IsCoveredBy(IReadOnlyCollection<string> excluded) =>
        excluded.Count > 0 && Count <= excluded.Count && First(excluded.Count + 1).All(member => excluded.Contains(member.Id));

    /// <summary>Returns true when the message has a form for the protocol of at least one member.</summary>
    public bool CanRead(OutboundMessage message)
    {
        foreach (var protocol in HubProtocol.All)
        {
            if (Volatile.Read(ref _perProtocol[protocol.Index]) > 0 && message.FrameFor(protocol) is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Sends a message to every member except the excluded ones.</summary>
    /// <returns>True if the caller must wake the drain workers.</returns>
    public bool Send(OutboundMessage message, IReadOnlyCollection<string> excluded)
    {
        Encode(message);
        var few = default(FewConnections);
        int fewCount;
        lock (_gate)
        {
            if (_count > FewMembers)
            {
                // Under the lock, so that all members get concurrent messages in one order. Posting only queues.
                Post(message, excluded);
                return true;
            }

            fewCount = _count;
            _members.AsSpan(0, _count).CopyTo(few);
        }

        foreach (var member in ((ReadOnlySpan<ClientConnection>)few)[..fewCount])
        {
            if (FrameFor(message, member, excluded) is { } frame)
            {
                member.Send(frame);
            }
        }

        return false;
    }

    // Outside the lock: encoding a large message takes long enough for joins and leaves to notice.
    private void Encode(OutboundMessage message)
    {
        foreach (var protocol in HubProtocol.All)
        {
            if (Volatile.Read(ref _perProtocol[protocol.Index]) > 0)
            {
                message.FrameFor(protocol);
            }
        }
    }

    private void CountProtocol(ClientConnection connection, int change)
    {
        if (connection.Protocol is { } protocol)
        {
            _perProtocol[protocol.Index] += change;
        }
    }

    private void Post(OutboundMessage message, IReadOnlyCollection<string> excluded)
    {
        foreach (var member in _members.AsSpan(0, _count))
        {
            if (FrameFor(message, member, excluded) is { } frame)
            {
                member.Post(frame);
            }
        }
    }

    private static Frame? FrameFor(OutboundMessage message, ClientConnection member, IReadOnlyCollection<string> excluded) =>
        member.Protocol is not { } protocol || (excluded.Count > 0 && excluded.Contains(member.Id))
            ? null
            : message.FrameFor(protocol);

    [System.Runtime.CompilerServices.InlineArray(FewMembers)]
    private struct FewConnections
    {
        private ClientConnection _first;
    }
}
