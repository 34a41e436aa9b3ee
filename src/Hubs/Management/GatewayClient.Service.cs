using System.Globalization;
using Azure;
using Azure.Core;

namespace Serverless.Hubs.Management;

// Operations on the gateway itself: health, tokens, keys.
public partial class GatewayClient
{
    /// <summary>Determines whether the gateway is reachable and healthy. Not retried.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>True when the gateway reports that it is healthy; false when it does not, or is unreachable.</returns>
    /// <exception cref="RequestFailedException">The gateway refused the request with a status below 500.</exception>
    public async Task<bool> IsHealthyAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            using var message = await SendAsync(
                RequestMethod.Head, "api/health", ApiVersion, null, GatewayResponseClassifier.NeverRetry, cancellationToken);
            var response = message.Response;
            return IsSuccess(response) || (response.Status >= 500 ? false : throw Failure(response));
        }
        catch (RequestFailedException unreachable) when (unreachable.Status == 0)
        {
            return false;
        }
    }

    /// <summary>Requests a client token from the gateway.</summary>
    /// <param name="userId">The user id, or null for an anonymous client.</param>
    /// <param name="lifetime">The token's lifetime, in whole minutes; 1 hour when null.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The token.</returns>
    public async Task<string> GenerateClientTokenAsync(
        string? userId = null, TimeSpan? lifetime = null, CancellationToken cancellationToken = default)
    {
        var query = LatestVersion
            + (userId is null ? "" : $"&userId={Uri.EscapeDataString(userId)}")
            + (lifetime is { } time
                ? string.Create(CultureInfo.InvariantCulture, $"&minutesToExpire={Math.Max(1, (int)time.TotalMinutes)}")
                : "");
        using var message = await SendAsync(
            RequestMethod.Post, WholeHubPath(":generateToken"), query, null, GatewayResponseClassifier.Idempotent, cancellationToken);
        ThrowUnlessSuccess(message.Response);
        return Read(message.Response, GatewayJson.Default.ClientToken).Token;
    }

    /// <summary>
    /// Requests a key that signs client tokens and is valid for 90 minutes, for callers that authenticate as an identity and have no access
    /// key. The SDK of Azure SignalR Service requests a new one every 55 minutes.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The key.</returns>
    /// <exception cref="RequestFailedException">
    /// 401 when this client signs with an access key; 403 when the identity does not have the role.
    /// </exception>
    public async Task<TemporaryAccessKey> GetAccessKeyAsync(CancellationToken cancellationToken = default)
    {
        using var message = await SendAsync(
            RequestMethod.Get, "api/auth/accessKey", LatestVersion, null, GatewayResponseClassifier.Idempotent, cancellationToken);
        ThrowUnlessSuccess(message.Response);
        return Read(message.Response, GatewayJson.Default.TemporaryAccessKey);
    }
}
