using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Serverless.Gateway.Tests.Access;

/// <summary>Represents an OpenID Connect issuer on this machine, with real RSA keys, metadata, and tokens in the form of Entra ID's.</summary>
internal sealed class LocalIssuer : IAsyncDisposable
{
    public const string Audience = "https://signalr.azure.com";

    private readonly WebApplication _app;
    private readonly RSA[] _keys = [RSA.Create(2048), RSA.Create(2048)];
    private int _published;
    private int _asked;

    private LocalIssuer(WebApplication app) => _app = app;

    /// <summary>Gets its address, which is also its name.</summary>
    public string Authority { get; private set; } = "";

    /// <summary>Gets or sets a value; false makes it answer 500.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>Gets the public part of the first key.</summary>
    public byte[] PublicKey => _keys[0].ExportSubjectPublicKeyInfo();

    /// <summary>Gets the number of times that its metadata was read.</summary>
    public int Asked => Volatile.Read(ref _asked);

    public static async Task<LocalIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var issuer = new LocalIssuer(app);
        app.MapGet("/.well-known/openid-configuration", (RequestDelegate)(context => issuer.AnswerAsync(context, issuer.Metadata)));
        app.MapGet("/keys", (RequestDelegate)(context => issuer.AnswerAsync(context, issuer.Keys)));
        await app.StartAsync();
        issuer.Authority = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
        return issuer;
    }

    /// <summary>Publishes another key instead of the first.</summary>
    public void RollOver() => Volatile.Write(ref _published, 1);

    /// <summary>Creates a token.</summary>
    /// <param name="now">The time of issue. The token is valid for an hour.</param>
    /// <param name="roles">The roles.</param>
    /// <param name="audience">The audience.</param>
    /// <param name="issuer">The issuer's name; this one by default.</param>
    /// <param name="key">The index of the signing key.</param>
    /// <param name="algorithm">The signature's algorithm.</param>
    public string Token(
        DateTimeOffset now, string[]? roles = null, string audience = Audience, string? issuer = null, int key = 0, string algorithm = "RS256") =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            JsonSerializer.Serialize(new
            {
                aud = audience,
                iss = issuer ?? Authority,
                nbf = now.ToUnixTimeSeconds(),
                exp = now.AddHours(1).ToUnixTimeSeconds(),
                roles = roles ?? [],
            }),
            new SigningCredentials(new RsaSecurityKey(_keys[key]) { KeyId = KeyId(key) }, algorithm));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        foreach (var key in _keys)
        {
            key.Dispose();
        }
    }

    private static string KeyId(int key) => $"key-{key}";

    private JsonObject Metadata()
    {
        Interlocked.Increment(ref _asked);
        return new JsonObject { ["issuer"] = Authority, ["jwks_uri"] = $"{Authority}/keys" };
    }

    private JsonObject Keys()
    {
        var key = Volatile.Read(ref _published);
        var parameters = _keys[key].ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["keys"] = new JsonArray(new JsonObject
            {
                ["kty"] = "RSA",
                ["use"] = "sig",
                ["kid"] = KeyId(key),
                ["n"] = Base64UrlEncoder.Encode(parameters.Modulus!),
                ["e"] = Base64UrlEncoder.Encode(parameters.Exponent!),
            }),
        };
    }

    private async Task AnswerAsync(HttpContext context, Func<JsonObject> body)
    {
        context.Response.StatusCode = IsUp ? 200 : 500;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(IsUp ? body().ToJsonString() : "{}");
    }
}
