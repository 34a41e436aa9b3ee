using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Serverless.Gateway.Backplane;

/// <summary>
/// Represents the address of Redis and how to log in: <c>host:port[,user=…][,password=…][,ssl=true][,auth=entra[,clientId=…]][,prefix=…]</c>.
/// </summary>
internal sealed record RedisAddress(string Host, int Port)
{
    /// <summary>The error for a setting that cannot be read. It does not repeat the setting, which may hold a password.</summary>
    public const string Form = "Gateway:Redis is wrong. Write host:port, followed by any of these, separated by commas: "
        + "user=…, password=…, ssl=true, auth=entra, clientId=…, prefix=… (letters, digits, '-', '_' and '.', 64 at most).";

    public const string DefaultPrefix = "sg";

    private const int MaxPrefix = 64;

    public string? User { get; init; }

    public string? Password { get; init; }

    public bool Ssl { get; init; }

    /// <summary>Gets a value that indicates whether to log in with a token of Entra ID instead of a password.</summary>
    public bool UsesEntra { get; init; }

    public string? ClientId { get; init; }

    /// <summary>
    /// Gets the prefix of the names of all keys and channels. It has no colon, so that no deployment's names begin with another's prefix and a
    /// colon.
    /// </summary>
    public string Prefix { get; init; } = DefaultPrefix;

    public static bool TryParse(string text, [NotNullWhen(true)] out RedisAddress? address)
    {
        address = null;
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var colon = parts[0].LastIndexOf(':');
        if (colon < 1 || !ushort.TryParse(parts[0].AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
        {
            return false;
        }

        var parsed = new RedisAddress(parts[0][..colon].Trim('[', ']'), port);
        foreach (var part in parts[1..])
        {
            // A password may hold an equals sign.
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var value = equals < 0 ? "" : part[(equals + 1)..];
            switch (equals < 0 ? part : part[..equals])
            {
                case "user" when value.Length > 0:
                    parsed = parsed with { User = value };
                    break;
                case "password" when value.Length > 0:
                    parsed = parsed with { Password = value };
                    break;
                case "ssl" when bool.TryParse(value, out var ssl):
                    parsed = parsed with { Ssl = ssl };
                    break;
                case "auth" when value == "entra":
                    parsed = parsed with { UsesEntra = true };
                    break;
                case "clientId" when value.Length > 0:
                    parsed = parsed with { ClientId = value };
                    break;
                case "prefix" when value.Length is > 0 and <= MaxPrefix && value.All(static one => char.IsAsciiLetterOrDigit(one) || one is '-' or '_' or '.'):
                    parsed = parsed with { Prefix = value };
                    break;
                default:
                    return false;
            }
        }

        address = parsed;
        return !parsed.UsesEntra || parsed.Ssl;
    }
}
