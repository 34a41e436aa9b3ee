using System.Security.Claims;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;

namespace Serverless.Hubs;

/// <summary>
/// Reads the user that the platform's built-in authentication (App Service, Functions, Container Apps: "Easy Auth") has signed in, from
/// the headers that it adds to each request.
/// </summary>
/// <remarks>
/// The platform removes these headers from client requests. Without the platform in front, any client can set them: use this class only
/// where its authentication is turned on.
/// </remarks>
public static class PlatformPrincipal
{
    private const string PrincipalHeader = "X-MS-CLIENT-PRINCIPAL";
    private const string IdHeader = "X-MS-CLIENT-PRINCIPAL-ID";
    private const string NameHeader = "X-MS-CLIENT-PRINCIPAL-NAME";
    private const string ProviderHeader = "X-MS-CLIENT-PRINCIPAL-IDP";

    /// <summary>Gets the types of claims that identify a user, in the order of preference.</summary>
    internal static IReadOnlyList<string> IdTypes { get; } =
        [ClaimTypes.NameIdentifier, "http://schemas.microsoft.com/identity/claims/objectidentifier", "oid", "sub"];

    /// <summary>Reads the signed-in user from a request's headers.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The user with its claims, or null when no user is signed in or the header is malformed.</returns>
    public static ClaimsPrincipal? Read(HttpRequest request)
    {
        var id = request.Headers[IdHeader].ToString();
        var principal = Parse(request.Headers[PrincipalHeader].ToString());
        if (principal is null && id.Length == 0)
        {
            return null;
        }

        var claims = (principal?.Claims ?? []).Where(claim => claim is { Type: not null, Value: not null }).Select(claim => new Claim(claim.Type!, claim.Value!)).ToList();
        AddUnlessThere(ClaimTypes.NameIdentifier, id.Length > 0 ? id : IdIn(claims));
        AddUnlessThere(principal?.NameType ?? ClaimTypes.Name, request.Headers[NameHeader].ToString());
        return new ClaimsPrincipal(new ClaimsIdentity(
            claims,
            principal?.AuthenticationType ?? (request.Headers[ProviderHeader].ToString() is { Length: > 0 } provider ? provider : "platform"),
            principal?.NameType ?? ClaimTypes.Name,
            principal?.RoleType ?? ClaimTypes.Role));

        void AddUnlessThere(string type, string value)
        {
            if (value.Length > 0 && !claims.Exists(claim => claim.Type == type))
            {
                claims.Add(new Claim(type, value));
            }
        }
    }

    private static string IdIn(List<Claim> claims) => IdTypes.Select(type => claims.Find(claim => claim.Type == type)?.Value).FirstOrDefault(id => id is not null) ?? "";

    // {"auth_typ":"aad","claims":[{"typ":"…","val":"…"}],"name_typ":"…","role_typ":"…"} in base64
    private static ClientPrincipal? Parse(string header)
    {
        var bytes = new byte[header.Length];
        if (header.Length == 0 || !Convert.TryFromBase64String(header, bytes, out var length))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(Encoding.UTF8.GetString(bytes, 0, length), PlatformJsonContext.Default.ClientPrincipal);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>The JSON form of the platform's principal.</summary>
internal sealed record ClientPrincipal(
    [property: JsonPropertyName("auth_typ")] string? AuthenticationType,
    [property: JsonPropertyName("claims")] IReadOnlyList<ClientPrincipalClaim>? Claims,
    [property: JsonPropertyName("name_typ")] string? NameType,
    [property: JsonPropertyName("role_typ")] string? RoleType);

/// <summary>A claim in the JSON form of the platform's principal.</summary>
internal sealed record ClientPrincipalClaim(
    [property: JsonPropertyName("typ")] string? Type, [property: JsonPropertyName("val")] string? Value);

/// <summary>Reads the platform's principal without reflection.</summary>
[JsonSerializable(typeof(ClientPrincipal))]
internal sealed partial class PlatformJsonContext : JsonSerializerContext;
