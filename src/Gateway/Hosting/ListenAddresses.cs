using System.Net;

namespace Serverless.Gateway.Hosting;

/// <summary>
/// Checks the addresses to listen on before Kestrel reads them. Kestrel throws for some wrong addresses, and takes
/// <c>http://localhost:abc</c> for every address of the machine at port 80.
/// </summary>
internal static class ListenAddresses
{
    private const string Advice = "Write an address such as http://localhost:8888.";

    /// <summary>Returns one message for each wrong address; empty if all are valid.</summary>
    public static IEnumerable<string> Errors(IConfiguration configuration)
    {
        if (configuration["urls"] is { } urls)
        {
            var addresses = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (addresses.Length == 0)
            {
                yield return $"--urls (or ASPNETCORE_URLS) is empty. {Advice}";
            }

            foreach (var address in addresses.Where(address => !IsGood(address)))
            {
                yield return $"--urls (or ASPNETCORE_URLS) has '{address}', which is not an address. {Advice}";
            }
        }

        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            if (endpoint["Url"] is { } url && !IsGood(url))
            {
                yield return $"{endpoint.Path}:Url is '{url}', which is not an address. {Advice}";
            }
        }
    }

    private static bool IsGood(string address)
    {
        try
        {
            var parsed = BindingAddress.Parse(address);
            return parsed.Scheme is "http" or "https" && (parsed.IsUnixPipe || parsed.IsNamedPipe || IsHostAndPort(parsed));
        }
        catch (FormatException)
        {
            return false;
        }
    }

    // The text after the last colon becomes part of the host when it is not a number.
    private static bool IsHostAndPort(BindingAddress address) =>
        address.Port is >= IPEndPoint.MinPort and <= IPEndPoint.MaxPort
        && address.PathBase.Length == 0
        && (address.Host is "*" or "+"
            || IPAddress.TryParse(address.Host.Trim('[', ']'), out _)
            || Uri.CheckHostName(address.Host) == UriHostNameType.Dns);
}
