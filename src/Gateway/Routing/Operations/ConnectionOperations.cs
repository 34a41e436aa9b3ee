namespace Serverless.Gateway.Routing.Operations;

/// <summary>Answers whether the target has a live connection. No fields.</summary>
internal sealed record ExistsOperation() : RemoteOperation(RemoteOperationKind.Exists);

/// <summary>Closes the target's connections and answers their number. Fields: text (reason).</summary>
/// <param name="Reason">The reason that the clients get.</param>
internal sealed record CloseOperation(string? Reason) : RemoteOperation(RemoteOperationKind.Close)
{
    public static CloseOperation From(in OperationFields fields) => new(fields.Text);

    protected override OperationFields ToFields() => new(Reason);
}

/// <summary>Executes commands for the hub's connections that a filter selects. Fields: text (filter), commands.</summary>
/// <param name="Filter">The filter, which has been checked; null for all connections.</param>
/// <param name="Commands">The commands, in order.</param>
internal sealed record ExecuteCommandsOperation(string? Filter, IReadOnlyList<ExecuteCommand> Commands) : RemoteOperation(RemoteOperationKind.Execute)
{
    public static ExecuteCommandsOperation From(in OperationFields fields) => new(fields.Text, fields.Commands!);

    protected override OperationFields ToFields() => new(Filter, Commands: Commands);
}
