using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using Serverless.Gateway.Access;

namespace Serverless.Gateway.Upstream.Secrets;

/// <summary>Reads secrets from a Key Vault with the gateway's own identity.</summary>
internal sealed class KeyVaultReader(IdentityTokens identity)
{
    private const string ApiVersion = "7.4";
    private const string PublicScope = "https://vault.azure.net/.default";

    // Created at the first use: most gateways have no references to secrets.
    private readonly Lazy<HttpPipeline> _pipeline = new(static () => HttpPipelineBuilder.Build(new PipelineOptions()));

    /// <summary>Returns the secret's present value.</summary>
    /// <exception cref="KeyVaultException">The secret cannot be read. The message contains no secret.</exception>
    public async Task<string> ReadAsync(string secretUri, CancellationToken cancel)
    {
        // Azure.Core may block, and the caller may be a thread that polls sockets.
        await Task.Yield();
        try
        {
            var authorization = await identity.GetAsync(ScopeOf(new Uri(secretUri)), cancel);
            using var message = _pipeline.Value.CreateMessage();
            message.Request.Method = RequestMethod.Get;
            message.Request.Uri.Reset(new Uri(secretUri));
            message.Request.Uri.AppendQuery("api-version", ApiVersion);
            message.Request.Headers.Add("Authorization", authorization);
            message.Request.Headers.Add("Accept", "application/json");
            await _pipeline.Value.SendAsync(message, cancel);
            if (message.Response.Status != StatusCodes.Status200OK)
            {
                throw new KeyVaultException($"The vault answered {message.Response.Status}.");
            }

            using var json = JsonDocument.Parse(message.Response.Content);
            return json.RootElement.GetProperty("value").GetString() is { Length: > 0 } value
                ? value
                : throw new KeyVaultException("The secret is empty.");
        }
        catch (Exception exception) when (exception
            is IdentityUnavailableException or Azure.RequestFailedException or AggregateException or OperationCanceledException)
        {
            throw new KeyVaultException(exception.GetBaseException().Message);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // The parser's message may quote the answer.
            throw new KeyVaultException("The vault's answer does not contain a secret.");
        }
    }

    // https://name.vault.azure.net/… and the national clouds' vault.azure.cn, vault.usgovcloudapi.net
    private static string ScopeOf(Uri secret) =>
        secret.Host.IndexOf(".vault.", StringComparison.OrdinalIgnoreCase) is var at and >= 0
            ? $"https://{secret.Host[(at + 1)..]}/.default"
            : PublicScope;

    private sealed class PipelineOptions : ClientOptions;
}

/// <summary>Thrown when a secret cannot be read.</summary>
internal sealed class KeyVaultException(string message) : Exception(message);
