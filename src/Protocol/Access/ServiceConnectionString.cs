using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Protocol;

/// <summary>
/// Represents a connection string of the service, its emulator or the gateway:
/// <c>Endpoint=http://localhost;Port=8888;AccessKey=…;Version=1.0;</c>. <see cref="ToString"/> never contains a secret.
/// </summary>
/// <remarks>The rules are those of the official .NET SDK's connection string parser.</remarks>
public sealed partial record ServiceConnectionString
{
    private ServiceConnectionString(Uri endpoint, string audienceBase)
    {
        Endpoint = endpoint;
        AudienceBase = audienceBase;
        ClientEndpoint = endpoint;
        ServerEndpoint = endpoint;
    }

    /// <summary>Gets the gateway's address. <c>Port</c>, if present, replaces the port of <c>Endpoint</c>.</summary>
    public Uri Endpoint { get; }

    /// <summary>
    /// Gets the start of every token's audience: scheme and host of <c>Endpoint</c>, ending in <c>/</c>. It includes a port that is written
    /// in <c>Endpoint</c> itself, but not <c>Port</c>.
    /// </summary>
    public string AudienceBase { get; }

    /// <summary>Gets the base address for clients. Default: <see cref="Endpoint"/>.</summary>
    public Uri ClientEndpoint { get; private init; }

    /// <summary>Gets the base address for management requests. Default: <see cref="Endpoint"/>.</summary>
    public Uri ServerEndpoint { get; private init; }

    /// <summary>Gets the authentication type.</summary>
    public ServiceAuthType AuthType { get; private init; }

    /// <summary>
    /// Gets the shared key, used as UTF-8 text, or null where <see cref="AuthType"/> is not <see cref="ServiceAuthType.AccessKey"/>.
    /// </summary>
    public string? AccessKey { get; private init; }

    /// <summary>Gets the format version of the string.</summary>
    /// <value>Default <c>1.0</c>.</value>
    public string Version { get; private init; } = "1.0";

    /// <summary>Gets the client id of the identity or application to authenticate as.</summary>
    public string? ClientId { get; private init; }

    /// <summary>Gets the tenant id of the application.</summary>
    public string? TenantId { get; private init; }

    /// <summary>Gets the application's secret.</summary>
    public string? ClientSecret { get; private init; }

    /// <summary>Gets the path of the application's certificate.</summary>
    public string? ClientCertificatePath { get; private init; }

    /// <summary>Parses a connection string.</summary>
    /// <param name="text">The connection string.</param>
    /// <returns>The parsed connection string.</returns>
    /// <exception cref="FormatException">The text is not a valid connection string; the message states the fix.</exception>
    public static ServiceConnectionString Parse(string text) =>
        TryParse(text, out var result, out var error) ? result : throw new FormatException(error);

    /// <summary>Tries to parse a connection string.</summary>
    /// <param name="text">The connection string.</param>
    /// <param name="result">The parsed connection string, or null.</param>
    /// <param name="error">An error message that states the fix and never quotes a value, or null.</param>
    /// <returns>True when the text is a valid connection string.</returns>
    public static bool TryParse(
        string? text,
        [NotNullWhen(true)] out ServiceConnectionString? result,
        [NotNullWhen(false)] out string? error)
    {
        result = null;
        return TrySplit(text, out var pairs, out error) && TryBuild(pairs, out result, out error);
    }

    /// <summary>Returns the endpoint and the authentication type, without secrets.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => AuthType == ServiceAuthType.AccessKey
        ? $"Endpoint={Endpoint.GetLeftPart(UriPartial.Path)};AccessKey=***;Version={Version};"
        : $"Endpoint={Endpoint.GetLeftPart(UriPartial.Path)};AuthType={AuthType};Version={Version};";

    private static bool TrySplit(string? text, out Dictionary<string, string> pairs, [NotNullWhen(false)] out string? error)
    {
        pairs = new(StringComparer.OrdinalIgnoreCase);
        error = null;
        foreach (var part in (text ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
            {
                continue;
            }

            var name = part[..equals].Trim();
            if (!pairs.TryAdd(name, part[(equals + 1)..].Trim()))
            {
                error = $"The connection string has '{name}' twice; keep one.";
                return false;
            }
        }

        if (pairs.Count < 2)
        {
            error = "The connection string is incomplete; write Endpoint=http://<host>;AccessKey=<key>;Version=1.0;";
            return false;
        }

        return true;
    }

    private static bool TryBuild(
        Dictionary<string, string> pairs,
        [NotNullWhen(true)] out ServiceConnectionString? result,
        [NotNullWhen(false)] out string? error)
    {
        result = null;
        if (!TryEndpoint(pairs, "Endpoint", out var written, out error)
            || !TryEndpoint(pairs, "ClientEndpoint", out var client, out error)
            || !TryEndpoint(pairs, "ServerEndpoint", out var server, out error))
        {
            return false;
        }

        if (written is null)
        {
            error = "The connection string has no Endpoint; add Endpoint=http://<host>;";
            return false;
        }

        var endpoint = written;
        if (pairs.TryGetValue("Port", out var portText))
        {
            if (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            {
                error = "The connection string's Port is not a port; write a number from 1 to 65535, as in Port=8888;";
                return false;
            }

            endpoint = new UriBuilder(written) { Port = port }.Uri;
        }

        var version = pairs.GetValueOrDefault("Version", "1.0");
        if (!VersionPattern().IsMatch(version))
        {
            error = "The connection string's Version is not supported; write Version=1.0;";
            return false;
        }

        if (!TryAuthentication(pairs, out var authType, out error))
        {
            return false;
        }

        result = new ServiceConnectionString(endpoint, written.GetLeftPart(UriPartial.Authority) + "/")
        {
            ClientEndpoint = client ?? endpoint,
            ServerEndpoint = server ?? endpoint,
            AuthType = authType,
            AccessKey = authType == ServiceAuthType.AccessKey ? pairs["AccessKey"] : null,
            Version = version,
            ClientId = pairs.GetValueOrDefault("ClientId"),
            TenantId = pairs.GetValueOrDefault("TenantId"),
            ClientSecret = pairs.GetValueOrDefault("ClientSecret"),
            ClientCertificatePath = pairs.GetValueOrDefault("clientCert") ?? pairs.GetValueOrDefault("ClientCertPath"),
        };
        return true;
    }

    private static bool TryEndpoint(
        Dictionary<string, string> pairs, string key, out Uri? endpoint, [NotNullWhen(false)] out string? error)
    {
        endpoint = null;
        error = null;
        if (!pairs.TryGetValue(key, out var text))
        {
            return true;
        }

        if (!Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out endpoint)
            || (endpoint.Scheme != Uri.UriSchemeHttp && endpoint.Scheme != Uri.UriSchemeHttps)
            || endpoint.UserInfo.Length > 0 || endpoint.Query.Length > 0 || endpoint.Fragment.Length > 0)
        {
            error = $"The connection string's {key} is not an http or https address; write {key}=https://<host>;";
            return false;
        }

        return true;
    }

    private static bool TryAuthentication(
        Dictionary<string, string> pairs, out ServiceAuthType authType, [NotNullWhen(false)] out string? error)
    {
        error = null;
        var named = pairs.GetValueOrDefault("AuthType", "");
        authType = named.ToUpperInvariant() switch
        {
            "AZURE" => ServiceAuthType.DefaultCredential,
            "AZURE.MSI" => ServiceAuthType.ManagedIdentity,
            "AZURE.APP" => ServiceAuthType.Application,
            // The older name: the other keys decide, as in the SDK.
            "AAD" when pairs.ContainsKey("ClientId") && pairs.ContainsKey("TenantId") => ServiceAuthType.Application,
            "AAD" => ServiceAuthType.ManagedIdentity,
            _ => ServiceAuthType.AccessKey,
        };

        if (authType == ServiceAuthType.AccessKey && string.IsNullOrEmpty(pairs.GetValueOrDefault("AccessKey")))
        {
            error = "The connection string has no AccessKey; add AccessKey=<key>; or AuthType=azure;";
        }
        else if (authType == ServiceAuthType.Application
            && (!Has("ClientId") || !Has("TenantId") || !(Has("ClientSecret") || Has("clientCert") || Has("ClientCertPath"))))
        {
            error = $"The connection string's AuthType={named} needs ClientId, TenantId and one of ClientSecret and clientCert.";
        }

        return error is null;

        bool Has(string key) => !string.IsNullOrEmpty(pairs.GetValueOrDefault(key));
    }

    [GeneratedRegex(@"^1\.\d+(?:[\w.-]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex VersionPattern();
}
