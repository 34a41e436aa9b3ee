using Serverless.Gateway.Access;
using Serverless.Gateway.Clients.Sessions;

namespace Serverless.Gateway.Clients.Admission;

/// <summary>The HTTP status and text of a refused client request. Endpoints write it; no text stands for an empty body.</summary>
internal readonly record struct Refusal(int Status, string Text)
{
    public static readonly Refusal TokenRequired = new(StatusCodes.Status400BadRequest, "Connection ID required");

    public static readonly Refusal OtherTransport = new(StatusCodes.Status400BadRequest, "Cannot change transports mid-connection");

    public static readonly Refusal NoSuchConnection = new(StatusCodes.Status404NotFound, "No Connection with that ID");

    public static readonly Refusal AlreadyConnected = new(StatusCodes.Status409Conflict, "");

    /// <summary>The node is full. Another node may have room, and so may this one in a moment.</summary>
    public static readonly Refusal Full = new(StatusCodes.Status429TooManyRequests, ClientCapacity.Text) { RetryAfterSeconds = 5 };

    public static readonly Refusal Stopping =
        new(StatusCodes.Status503ServiceUnavailable, "This node is stopping. Connect again.") { RetryAfterSeconds = 1 };

    /// <summary>The nodes cannot reach each other.</summary>
    public static readonly Refusal NodesUnreachable = new(
        StatusCodes.Status503ServiceUnavailable, "Redis, through which the nodes reach each other, is unreachable. Connect again.")
    { RetryAfterSeconds = 1 };

    /// <summary>Seconds after which the client may try again; null where the answer names no time.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>Returns the refusal of a transport that the client's access token does not allow.</summary>
    public static Refusal NotAllowed(ClientTransports transport) =>
        new(StatusCodes.Status404NotFound, $"{transport} transport not supported by this end point type");
}
