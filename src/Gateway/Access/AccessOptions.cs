using System.Text;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;
using Serverless.Protocol;

namespace Serverless.Gateway.Access;

/// <summary>Represents the access keys and public addresses: section <c>Gateway</c>.</summary>
internal sealed class AccessOptions
{
    /// <summary>The key of the service's local emulator, the default in Development.</summary>
    public const string EmulatorKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

    /// <value>
    /// The primary key, and at <c>:1</c> the secondary. Both sign upstream requests and connection tokens, and tokens made with either are
    /// accepted, so that keys can be replaced one at a time. Read again when they change.
    /// </value>
    [Setting(IsSecret = true, Allowed = "text of at least 32 bytes", Default = "none: the emulator's well-known key in Development, no start elsewhere")]
    public IList<string> AccessKeys { get; } = [];

    /// <value>
    /// A public base address; <c>:1</c> and so on for more. A token's audience must name one of their hosts. A path is honoured whether the
    /// proxy takes it off requests or not; see <see href="proxies.md">proxies.md</see>.
    /// </value>
    [Setting(Allowed = "`http` or `https` URL", Default = "none: the host that the request came to")]
    public IList<string> Endpoints { get; } = [];
}

/// <summary>Checks <see cref="AccessOptions"/> at start. Every message names the key and a valid value.</summary>
internal sealed class AccessOptionsValidator : IValidateOptions<AccessOptions>
{
    private const int MaxKeys = 2;

    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        var errors = new List<string>();
        if (options.AccessKeys.Count == 0)
        {
            errors.Add("Gateway:AccessKeys:0 is missing. Write a secret text of at least 32 bytes, for example the output of "
                + "'openssl rand -base64 33'. (Only in the Development environment does the emulator's well-known key stand in.)");
        }

        for (var i = 0; i < options.AccessKeys.Count; i++)
        {
            if (Encoding.UTF8.GetByteCount(options.AccessKeys[i] ?? "") < AccessTokens.MinKeyBytes)
            {
                errors.Add($"Gateway:AccessKeys:{i} is shorter than {AccessTokens.MinKeyBytes} bytes. Write a longer secret text.");
            }
        }

        if (options.AccessKeys.Count > MaxKeys)
        {
            errors.Add($"Gateway:AccessKeys:{MaxKeys} is one too many. Keep a primary (0) and a secondary (1) key.");
        }

        for (var i = 0; i < options.Endpoints.Count; i++)
        {
            if (!Uri.TryCreate(options.Endpoints[i], UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                errors.Add($"Gateway:Endpoints:{i} is '{options.Endpoints[i]}', which is not an address. "
                    + "Write one like https://gateway.example.com.");
            }
            else if (uri.Query.Length > 0 || uri.Fragment.Length > 0 || uri.UserInfo.Length > 0)
            {
                errors.Add($"Gateway:Endpoints:{i} has a query, a fragment or a user. Write host and path alone, like https://example.com/signalr.");
            }
            else if (PublicAddresses.IsOwn(PublicAddresses.BaseOf(options.Endpoints[i])))
            {
                errors.Add($"Gateway:Endpoints:{i} has the path '{uri.AbsolutePath}', which begins as the gateway's own paths do. "
                    + "Write another, like https://example.com/signalr.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
