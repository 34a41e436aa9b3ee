using System.Text;
using Microsoft.Extensions.Options;
using Serverless.Protocol;

namespace Serverless.Gateway.Access;

/// <summary>Who may come in: section <c>Gateway</c>.</summary>
internal sealed class AccessOptions
{
    /// <summary>The key that the service's local emulator uses; taken in Development if none is configured.</summary>
    public const string EmulatorKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

    /// <summary>The primary and the secondary key, as text of at least 32 bytes; both sign and both are accepted.</summary>
    public IList<string> AccessKeys { get; } = [];

    /// <summary>Public base addresses. Token audiences must name one of their hosts, or the request's own host if there is none.</summary>
    public IList<string> Endpoints { get; } = [];
}

/// <summary>Checks <see cref="AccessOptions"/> at start; every message names the key and says what to write.</summary>
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
                errors.Add($"Gateway:Endpoints:{i} is '{options.Endpoints[i]}', which is no address. "
                    + "Write one like https://gateway.example.com.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
