using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Management;

/// <summary>A REST call with the names in its path.</summary>
/// <param name="context">The request.</param>
/// <param name="isVersion1">True when the path has the API's old form.</param>
/// <param name="memory">The call's share of the node's memory; null where it has no body.</param>
internal sealed class RestCall(HttpContext context, bool isVersion1, RestMemory? memory = null)
{
    public HttpContext Context { get; } = context;

    public bool IsVersion1 { get; } = isVersion1;

    /// <summary>The call's share of the node's memory; null where it has no body.</summary>
    public RestMemory? Memory { get; } = memory;

    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>The hub as written in the path.</summary>
    public string? HubText { get; set; }

    /// <summary>The hub, including its application's name.</summary>
    public HubName Hub { get; set; }

    public string ConnectionId { get; set; } = "";

    public string? Group { get; set; }

    public string? User { get; set; }

    public string StreamId { get; set; } = "";

    /// <summary>The list of users or groups in a path of v1-preview.</summary>
    public IReadOnlyList<string> Names { get; set; } = [];

    /// <summary>The connection ids in <c>excluded=a&amp;excluded=b</c>.</summary>
    public IReadOnlyCollection<string> Excluded =>
        Context.Request.Query.TryGetValue("excluded", out var ids) ? ids.OfType<string>().ToHashSet(StringComparer.Ordinal) : [];

    /// <summary>The reason that is sent to clients whose connections are closed.</summary>
    public string? Reason => Context.Request.Query["reason"] is [{ Length: > 0 } reason, ..] ? reason : null;
}

/// <summary>The result of a call: a status, with or without a body, or an error.</summary>
internal readonly record struct RestResult(int Status, RestError? Error)
{
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>True when the answer has no body in any version.</summary>
    public bool IsBare { get; init; }

    /// <summary>The body's media type; null without a body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The value of <c>x-ms-error-code</c> where an error has its own body.</summary>
    public string? Code { get; init; }

    public static implicit operator RestResult(int status) => new(status, null);

    public static implicit operator RestResult(RestError error) => new(error.Status, error);
}
