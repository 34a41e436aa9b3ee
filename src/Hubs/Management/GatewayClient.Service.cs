using System.Globalization;
using Azure;
using Azure.Core;

namespace Serverless.Hubs.Management;

// What is asked of the gateway itself: whether it is well, tokens, keys.
public sealed partial class GatewayClient
{
    /// <summary>Whether the gateway answers and is well. False also when it cannot be reached; not retried.</summary>
    /// <exception cref="RequestFailedException">The gateway refused the question, with a status below 500.</exception>
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

    /// <summary>A token for a client, signed by the gateway.</summary>
    /// <param name="userId">The client's user; none for an anonymous client.</param>
    /// <param name="lifetime">How long the token is valid, in whole minutes; an hour if it is null.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
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
    /// A key of 90 minutes that signs client tokens, for who calls as an identity and has no key of its own. The SDK gets a new one
    /// each 55 minutes.
    /// </summary>
    /// <exception cref="RequestFailedException">401 for a client that signs with an access key; 403 for an identity without the role.</exception>
    public async Task<TemporaryAccessKey> GetAccessKeyAsync(CancellationToken cancellationToken = default)
    {
        using var message = await SendAsync(
            RequestMethod.Get, "api/auth/accessKey", LatestVersion, null, GatewayResponseClassifier.Idempotent, cancellationToken);
        ThrowUnlessSuccess(message.Response);
        return Read(message.Response, GatewayJson.Default.TemporaryAccessKey);
    }
}
