using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Security.Claims;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Serverless.Hubs.Dispatch;

namespace Serverless.Hubs.Execution;

/// <summary>
/// The connection that the framework's handler sees for one upstream request: the caller's identity, the request's message as input, and its
/// answer as output.
/// </summary>
internal sealed class UpstreamConnection(Caller caller, HubRun run, PipeReader input, PipeWriter output)
    : ConnectionContext, IDuplexPipe, IConnectionUserFeature, IHttpContextFeature, IConnectionInherentKeepAliveFeature
{
    private UpstreamFeatures? _features;
    private IDictionary<object, object?>? _items;
    private HttpContext? _httpContext;

    [AllowNull]
    public override string ConnectionId
    {
        get => caller.ConnectionId;
        set => throw new NotSupportedException("The gateway assigns connection ids.");
    }

    public override IFeatureCollection Features => _features ??= new UpstreamFeatures(this, run);

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new Dictionary<object, object?>();
        set => _items = value;
    }

    public override IDuplexPipe Transport
    {
        get => this;
        set => throw new NotSupportedException();
    }

    public override CancellationToken ConnectionClosed
    {
        get => caller.RequestAborted;
        set => throw new NotSupportedException();
    }

    public PipeReader Input => input;

    public PipeWriter Output => output;

    /// <summary>Gets the user id that the gateway knows the client by.</summary>
    public string? UserIdentifier => caller.UserIdentifier;

    public ClaimsPrincipal? User { get; set; } = caller.User;

    /// <summary>Gets or sets the client's request as far as the upstream request carries it; created on first use.</summary>
    public HttpContext? HttpContext
    {
        get => _httpContext ??= caller.CreateHttpContext();
        set => _httpContext = value;
    }

    // The gateway sends pings.
    public bool HasInherentKeepAlive => true;
}
