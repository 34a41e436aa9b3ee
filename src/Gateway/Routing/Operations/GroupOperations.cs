namespace Serverless.Gateway.Routing.Operations;

/// <summary>Adds the connection that is the target to a group. Fields: text (group), number (tracing id).</summary>
/// <param name="Group">The group.</param>
/// <param name="TracingId">The id in the live trace of the message that this belongs to; 0 if the trace is off.</param>
internal sealed record AddToGroupOperation(string Group, long TracingId) : RemoteOperation(RemoteOperationKind.AddToGroup)
{
    public static AddToGroupOperation From(in OperationFields fields) => new(fields.Text!, fields.Number);

    protected override OperationFields ToFields() => new(Group, Number: TracingId);
}

/// <summary>Removes the connection that is the target from a group. Fields: text (group), number (tracing id).</summary>
/// <param name="Group">The group.</param>
/// <param name="TracingId">As in <see cref="AddToGroupOperation"/>.</param>
internal sealed record RemoveFromGroupOperation(string Group, long TracingId) : RemoteOperation(RemoteOperationKind.RemoveFromGroup)
{
    public static RemoveFromGroupOperation From(in OperationFields fields) => new(fields.Text!, fields.Number);

    protected override OperationFields ToFields() => new(Group, Number: TracingId);
}

/// <summary>Removes the connection that is the target from every group. No fields.</summary>
internal sealed record RemoveFromAllGroupsOperation() : RemoteOperation(RemoteOperationKind.RemoveFromAllGroups);

/// <summary>Lists the connections of the group that is the target. No fields.</summary>
internal sealed record ListMembersOperation() : RemoteOperation(RemoteOperationKind.List);

/// <summary>Lets the connections of the user that is the target join a group. Fields: text (group), number (Unix milliseconds).</summary>
/// <param name="Group">The group.</param>
/// <param name="Expires">The end of the membership; null if it is not stored.</param>
internal sealed record UserJoinedOperation(string Group, DateTimeOffset? Expires) : RemoteOperation(RemoteOperationKind.UserJoined)
{
    public static UserJoinedOperation From(in OperationFields fields) => new(
        fields.Text ?? "", fields.Number > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(fields.Number) : null);

    protected override OperationFields ToFields() => new(Group, Number: Expires?.ToUnixTimeMilliseconds() ?? 0);
}

/// <summary>Lets the connections of the user that is the target leave a group. Fields: text (group).</summary>
/// <param name="Group">The group.</param>
internal sealed record UserLeftOperation(string Group) : RemoteOperation(RemoteOperationKind.UserLeft)
{
    public static UserLeftOperation From(in OperationFields fields) => new(fields.Text ?? "");

    protected override OperationFields ToFields() => new(Group);
}

/// <summary>Lets the connections of the user that is the target leave every group. Fields: text (always empty).</summary>
internal sealed record UserLeftAllOperation() : RemoteOperation(RemoteOperationKind.UserLeftAll)
{
    protected override OperationFields ToFields() => new("");
}

/// <summary>Answers whether a connection of the user that is the target is in a group. Fields: text (group).</summary>
/// <param name="Group">The group.</param>
internal sealed record IsUserInGroupOperation(string Group) : RemoteOperation(RemoteOperationKind.IsUserInGroup)
{
    public static IsUserInGroupOperation From(in OperationFields fields) => new(fields.Text ?? "");

    protected override OperationFields ToFields() => new(Group);
}
