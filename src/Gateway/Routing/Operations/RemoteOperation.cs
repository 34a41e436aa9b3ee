namespace Serverless.Gateway.Routing.Operations;

/// <summary>
/// Represents an operation that one node requests of another. It applies to the target of the message that carries it. Each operation
/// is a type of its own, which maps its properties to the fields of the one wire form (<see cref="OperationFields"/>).
/// </summary>
internal abstract record RemoteOperation(RemoteOperationKind Kind)
{
    /// <summary>Writes the operation.</summary>
    public byte[] Encode() => ToFields().Encode(Kind);

    /// <summary>Reads an operation.</summary>
    /// <exception cref="Serverless.Protocol.HubProtocolException">The bytes are not an operation.</exception>
    public static RemoteOperation Decode(ReadOnlySpan<byte> bytes)
    {
        var fields = OperationFields.Decode(bytes, out var kind);
        return kind switch
        {
            RemoteOperationKind.Send => SendOperation.From(fields),
            RemoteOperationKind.Exists => new ExistsOperation(),
            RemoteOperationKind.Close => CloseOperation.From(fields),
            RemoteOperationKind.AddToGroup => AddToGroupOperation.From(fields),
            RemoteOperationKind.RemoveFromGroup => RemoveFromGroupOperation.From(fields),
            RemoteOperationKind.RemoveFromAllGroups => new RemoveFromAllGroupsOperation(),
            RemoteOperationKind.UserJoined => UserJoinedOperation.From(fields),
            RemoteOperationKind.UserLeft => UserLeftOperation.From(fields),
            RemoteOperationKind.UserLeftAll => new UserLeftAllOperation(),
            RemoteOperationKind.IsUserInGroup => IsUserInGroupOperation.From(fields),
            RemoteOperationKind.List => new ListMembersOperation(),
            RemoteOperationKind.Execute => ExecuteCommandsOperation.From(fields),
            RemoteOperationKind.Invoke => InvokeOperation.From(fields),
            RemoteOperationKind.Reach => ReachOperation.From(fields),
            RemoteOperationKind.ClientPost => ClientPostOperation.From(fields),
            RemoteOperationKind.ClientPoll => ClientPollOperation.From(fields),
            RemoteOperationKind.ClientPollGivenUp => ClientPollGivenUpOperation.From(fields),
            RemoteOperationKind.ClientLost => new ClientLostOperation(),
            RemoteOperationKind.ClientGoodbye => new ClientGoodbyeOperation(),
            RemoteOperationKind.SocketOpen => SocketOpenOperation.From(fields),
            RemoteOperationKind.SocketBytes => SocketBytesOperation.From(fields),
            RemoteOperationKind.SocketRead => SocketReadOperation.From(fields),
            RemoteOperationKind.SocketLeft => SocketLeftOperation.From(fields),
            RemoteOperationKind.GatewayReading => new GatewayReadingOperation(),
            RemoteOperationKind.GatewayListing => GatewayListingOperation.From(fields),
            RemoteOperationKind.GatewayHistory => new GatewayHistoryOperation(),
            RemoteOperationKind.GatewayUsage => GatewayUsageOperation.From(fields),
            RemoteOperationKind.GatewayWatch => GatewayWatchOperation.From(fields),
            RemoteOperationKind.GatewayEvents => GatewayEventsOperation.From(fields),
            _ => new UnknownOperation(kind),
        };
    }

    /// <summary>Returns the fields that the operation uses.</summary>
    protected virtual OperationFields ToFields() => default;
}

/// <summary>Represents an operation of a newer version, which this node does not know.</summary>
internal sealed record UnknownOperation(RemoteOperationKind Kind) : RemoteOperation(Kind);
