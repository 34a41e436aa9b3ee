using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Management;

/// <summary>One REST call with the names in its path.</summary>
/// <param name="context">The request.</param>
/// <param name="isVersion1">It has the API's old form.</param>
/// <param name="memory">What it holds; null where it has no body.</param>
internal sealed class RestCall(HttpContext context, bool isVersion1, RestMemory? memory = null)
{
    public HttpContext Context { get; } = context;

    public bool IsVersion1 { get; } = isVersion1;

    /// <summary>What it holds of the node's memory; null where it has no body.</summary>
    public RestMemory? Memory { get; } = memory;

    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>The hub as the path has it.</summary>
    public string? HubText { get; set; }

    /// <summary>The hub, its application's name included.</summary>
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

    /// <summary>What clients that are closed are told.</summary>
    public string? Reason => Context.Request.Query["reason"] is [{ Length: > 0 } reason, ..] ? reason : null;
}

/// <summary>A call's answer: a status, with or without a body, or an error.</summary>
internal readonly record struct RestResult(int Status, RestError? Error)
{
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>No body, whatever the version.</summary>
    public bool IsBare { get; init; }

    /// <summary>The body's media type; null without a body.</summary>
    public string? ContentType { get; init; }

    /// <summary>The value of <c>x-ms-error-code</c> where an error has a body of its own.</summary>
    public string? Code { get; init; }

    public static implicit operator RestResult(int status) => new(status, null);

    public static implicit operator RestResult(RestError error) => new(error.Status, error);
}
