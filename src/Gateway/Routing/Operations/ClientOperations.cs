namespace Serverless.Gateway.Routing.Operations;

/// <summary>Represents a request of the client that is the target, which has reached another node than its own.</summary>
internal abstract record ClientOperation(RemoteOperationKind Kind) : RemoteOperation(Kind)
{
    /// <summary>Gets the client's bytes that the operation carries.</summary>
    public virtual ReadOnlyMemory<byte> Carried => default;
}

/// <summary>Hands over a piece of a <c>POST</c> body. Fields: bytes.</summary>
internal sealed record ClientPostOperation(ReadOnlyMemory<byte> Bytes) : ClientOperation(RemoteOperationKind.ClientPost)
{
    public override ReadOnlyMemory<byte> Carried => Bytes;

    public static ClientPostOperation From(in OperationFields fields) => new(fields.Bytes);

    protected override OperationFields ToFields() => new(Bytes: Bytes);
}

/// <summary>Polls for messages. Fields: text (the poll's id).</summary>
internal sealed record ClientPollOperation(string Poll) : ClientOperation(RemoteOperationKind.ClientPoll)
{
    public static ClientPollOperation From(in OperationFields fields) => new(fields.Text!);

    protected override OperationFields ToFields() => new(Poll);
}

/// <summary>Abandons a poll. Fields: text (the poll's id).</summary>
internal sealed record ClientPollGivenUpOperation(string Poll) : ClientOperation(RemoteOperationKind.ClientPollGivenUp)
{
    public static ClientPollGivenUpOperation From(in OperationFields fields) => new(fields.Text!);

    protected override OperationFields ToFields() => new(Poll);
}

/// <summary>Reports that a poll's messages did not reach the client. No fields.</summary>
internal sealed record ClientLostOperation() : ClientOperation(RemoteOperationKind.ClientLost);

/// <summary>Ends a long-polling client. No fields.</summary>
internal sealed record ClientGoodbyeOperation() : ClientOperation(RemoteOperationKind.ClientGoodbye);

/// <summary>Opens a socket for a stateful connection that has come back. Fields: text (the socket's id).</summary>
internal sealed record SocketOpenOperation(string Socket) : ClientOperation(RemoteOperationKind.SocketOpen)
{
    public static SocketOpenOperation From(in OperationFields fields) => new(fields.Text!);

    protected override OperationFields ToFields() => new(Socket);
}

/// <summary>Hands over bytes that a socket's client has sent. Fields: text (the socket's id), bytes.</summary>
internal sealed record SocketBytesOperation(string Socket, ReadOnlyMemory<byte> Bytes) : ClientOperation(RemoteOperationKind.SocketBytes)
{
    public override ReadOnlyMemory<byte> Carried => Bytes;

    public static SocketBytesOperation From(in OperationFields fields) => new(fields.Text!, fields.Bytes);

    protected override OperationFields ToFields() => new(Socket, Bytes: Bytes);
}

/// <summary>Waits for bytes to write to a socket. Fields: text (the socket's id).</summary>
internal sealed record SocketReadOperation(string Socket) : ClientOperation(RemoteOperationKind.SocketRead)
{
    public static SocketReadOperation From(in OperationFields fields) => new(fields.Text!);

    protected override OperationFields ToFields() => new(Socket);
}

/// <summary>Reports that a socket's client sends no more bytes. Fields: text (the socket's id).</summary>
internal sealed record SocketLeftOperation(string Socket) : ClientOperation(RemoteOperationKind.SocketLeft)
{
    public static SocketLeftOperation From(in OperationFields fields) => new(fields.Text!);

    protected override OperationFields ToFields() => new(Socket);
}
