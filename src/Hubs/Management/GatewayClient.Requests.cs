using System.Security.Claims;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Serverless.Protocol;

namespace Serverless.Hubs.Management;

// Sends requests: address, token, retries, and which responses are errors.
public partial class GatewayClient
{
    private const string ApiVersion = "api-version=2022-06-01";
    private const string LatestVersion = "api-version=2024-12-01";
    private const string ErrorCodeHeader = "x-ms-error-code";

    // A path segment "." or ".." would be resolved, and the request would reach another resource.
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private static readonly string CallerName = $"{Environment.MachineName}_{Guid.NewGuid():N}";
    private static readonly string UserAgent =
        $"Serverless.Hubs/{typeof(GatewayClient).Assembly.GetName().Version?.ToString(3)} ({Environment.Version})";

    private readonly HttpPipeline _pipeline;
    private readonly string _server;

    // "application=name&", or empty; and application and hub as one name, for operations without that parameter.
    private readonly string _application = "";
    private readonly string _wholeName;

    // Both null where the pipeline authenticates with an identity.
    private readonly string? _accessKey;
    private readonly string? _audienceBase;

    private GatewayClient(Uri endpoint, string hub, GatewayClientOptions options, TokenCredential? credential)
    {
        if (credential is not null && endpoint.Scheme != Uri.UriSchemeHttps)
        {
            throw new ArgumentException(
                $"{endpoint.GetLeftPart(UriPartial.Authority)} does not use https, which an identity's token requires.",
                nameof(endpoint));
        }

        Hub = HubName.Parse(hub);
        _wholeName = Hub;
        if (options.Application is not null)
        {
            var application = HubName.Parse(options.Application);
            _application = $"application={Uri.EscapeDataString(application)}&";
            _wholeName = $"{application}_{Hub}";
        }

        _options = options;
        _server = endpoint.AbsoluteUri.TrimEnd('/') + "/";
        _pipeline = credential is null
            ? HttpPipelineBuilder.Build(options)
            : HttpPipelineBuilder.Build(options, new BearerTokenAuthenticationPolicy(credential, options.Scope));
    }

    private Task PostAsync(string path, string query, MessageBody? message, CancellationToken cancellationToken) =>
        CompleteAsync(
            RequestMethod.Post, HubPath(path), _application + ApiVersion + query, message, GatewayResponseClassifier.Message, cancellationToken);

    private async Task CompleteAsync(
        RequestMethod method,
        string path,
        string query,
        MessageBody? body,
        ResponseClassifier classifier,
        CancellationToken cancellationToken)
    {
        using var message = await SendAsync(method, path, query, body, classifier, cancellationToken);
        ThrowUnlessSuccess(message.Response);
    }

    private async Task ChangeAsync(
        RequestMethod method, string path, string query, string? toleratedCode, CancellationToken cancellationToken)
    {
        using var message = await SendAsync(
            method, HubPath(path), _application + ApiVersion + query, null, GatewayResponseClassifier.Idempotent, cancellationToken);
        if (!IsNotFound(message.Response, toleratedCode))
        {
            ThrowUnlessSuccess(message.Response);
        }
    }

    private async Task<bool> ExistsAsync(string path, string absentCode, CancellationToken cancellationToken)
    {
        using var message = await SendAsync(
            RequestMethod.Head, HubPath(path), _application + ApiVersion, null, GatewayResponseClassifier.Idempotent, cancellationToken);
        if (IsNotFound(message.Response, absentCode))
        {
            return false;
        }

        ThrowUnlessSuccess(message.Response);
        return message.Response.Status == 200;
    }

    private string HubPath(string path) => $"api/hubs/{Hub}/{path}";

    private string WholeHubPath(string path) => $"api/hubs/{_wholeName}/{path}";

    private async Task<HttpMessage> SendAsync(
        RequestMethod method,
        string path,
        string query,
        MessageBody? body,
        ResponseClassifier classifier,
        CancellationToken cancellationToken,
        TimeSpan? timeout = null,
        string? accept = null)
    {
        var message = _pipeline.CreateMessage();
        message.NetworkTimeout = timeout;
        message.ResponseClassifier = classifier;
        var request = message.Request;
        request.Method = method;
        request.Uri.Reset(new Uri(query.Length == 0 ? _server + path : $"{_server}{path}?{query}", in Verbatim));
        if (_accessKey is not null)
        {
            request.Headers.Add("Authorization", "Bearer " + Token(_audienceBase + path));
        }

        request.Headers.Add("Asrs-User-Agent", UserAgent);
        if (accept is not null)
        {
            request.Headers.Add("Accept", accept);
        }

        if (body is { } content)
        {
            request.Headers.Add("Content-Type", content.ContentType);
            request.Content = RequestContent.Create(content.Bytes);
        }

        await _pipeline.SendAsync(message, cancellationToken);
        return message;
    }

    private string Token(string audience) => AccessTokens.Create(
        _accessKey!,
        audience,
        _options.Clock.GetUtcNow(),
        _options.TokenLifetime,
        claims: [new Claim("nameid", CallerName)]);

    private static bool IsSuccess(Response response) => response.Status is >= 200 and < 300;

    private static bool IsNotFound(Response response, string? code) =>
        code is not null && response.Status == 404
        && response.Headers.TryGetValue(ErrorCodeHeader, out var given) && given == code;

    private static void ThrowUnlessSuccess(Response response)
    {
        if (!IsSuccess(response))
        {
            throw Failure(response);
        }
    }

    private static RequestFailedException Failure(Response response)
    {
        response.Headers.TryGetValue(ErrorCodeHeader, out var code);
        var text = response.ContentStream is { CanSeek: true } ? response.Content.ToString() : "";
        var detail = text.Length == 0 ? "" : $": {(text.Length > 1000 ? text[..1000] : text)}";
        return new RequestFailedException(
            response.Status, $"The gateway answered {response.Status} {response.ReasonPhrase}{detail}", code, innerException: null);
    }
}
