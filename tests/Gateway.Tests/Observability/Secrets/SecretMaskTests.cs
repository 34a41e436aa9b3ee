using System.Text.Encodings.Web;
using System.Text.Json;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Observability.Secrets;
using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Tests.Observability.Secrets;

public class SecretMaskTests
{
    private static readonly JsonSerializerOptions[] Encoders =
        [JsonSerializerOptions.Default, new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }];

    private readonly SecretMask _mask = new([]);

    [Theory]
    [InlineData("""["eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"]""", """["***"]""")]
    [InlineData("""["eyJhbGciOiJIUzI1NiJ9.eyJhdW"]""", """["***"]""")]
    [InlineData("""["Bearer opaque999"]""", """["Bearer ***"]""")]
    [InlineData("""["bearer  abc.def_-~+/=="]""", """["bearer  ***"]""")]
    public void Tokens_are_known_by_their_form(string text, string masked) => Assert.Equal(masked, _mask.Apply(text));

    [Theory]
    [InlineData("refresh_token")]
    [InlineData("access_token")]
    [InlineData("accessToken")]
    [InlineData("token")]
    [InlineData("secret")]
    [InlineData("client_secret")]
    [InlineData("clientSecret")]
    [InlineData("x-functions-key")]
    [InlineData("api_key")]
    [InlineData("apiKey")]
    [InlineData("API-KEY")]
    [InlineData("api key")]
    [InlineData("x-api-key")]
    [InlineData("Ocp-Apim-Subscription-Key")]
    [InlineData("SharedAccessKey")]
    [InlineData("AccountKey")]
    [InlineData("password")]
    [InlineData("pwd")]
    [InlineData("passphrase")]
    [InlineData("Authorization")]
    public void Values_of_secret_names_are_stars_in_json_at_every_depth_queries_connection_strings_and_headers(string name)
    {
        Assert.Equal($$"""{"{{name}}":"***","n":1}""", _mask.Apply($$"""{"{{name}}":"hunter 2, \"x\"","n":1}"""));
        Assert.Equal($$"""{ "{{name}}" : "***" }""", _mask.Apply($$"""{ "{{name}}" : "a;b&c,d" }"""));
        Assert.Equal($$"""{"{{name}}":***,"n":1}""", _mask.Apply($$"""{"{{name}}":12345,"n":1}"""));
        Assert.Equal($$"""{"{{name}}s":["***", "***"],"n":["x"]}""", _mask.Apply($$"""{"{{name}}s":["a", "b"],"n":["x"]}"""));
        Assert.Equal($$"""["{\"{{name}}\":\"***\",\"n\":1}"]""", _mask.Apply($$"""["{\"{{name}}\":\"p \\\"w\\\"\",\"n\":1}"]"""));
        Assert.Equal($$"""["{\u0022{{name}}\u0022:\u0022***\u0022}"]""", _mask.Apply($$"""["{\u0022{{name}}\u0022:\u0022p \\u0022w\u0022}"]"""));
        Assert.Equal($$"""["\"{\\\"{{name}}\\\":\\\"***\\\"}\""]""", _mask.Apply($$"""["\"{\\\"{{name}}\\\":\\\"p w\\\"}\""]"""));
        Assert.Equal($$"""["\u0022{\\u0022{{name}}\\u0022:\\u0022***\\u0022}\u0022"]""", _mask.Apply($$"""["\u0022{\\u0022{{name}}\\u0022:\\u0022p w\\u0022}\u0022"]"""));
        Assert.Equal($"https://x/?{name}=***&n=1", _mask.Apply($"https://x/?{name}=a%26b+c%22d&n=1"));
        Assert.Equal($$"""["https://x/?{{name}}=***\u0026n=1"]""", _mask.Apply($$"""["https://x/?{{name}}=a\u002Bb\u0026n=1"]"""));
        Assert.Equal($"Server=x;{name}=***;Version=1.0;", _mask.Apply($"Server=x;{name}=p w, x;Version=1.0;"));
        Assert.Equal($"{name}: ***\nAccept: *", _mask.Apply($"{name}: abc+/def=\nAccept: *"));
        Assert.Equal($"{name}: Basic *** and", _mask.Apply($"{name}: Basic dXNlcjpw and"));
        Assert.Equal($"{name}='***' x", _mask.Apply($"{name}='p w' x"));
    }

    [Fact]
    public void Nothing_of_a_value_is_shown_whatever_is_in_it_and_however_deep_it_is()
    {
        const string Letters = "QQQQ\"\\'/&;,:=%+ \n{}[]<>é";
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            // It ends with a letter, so that no escape character is directly before the closing quotation mark.
            var value = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => Letters[random.Next(Letters.Length)])) + "Q";
            object content = random.Next(3) switch
            {
                0 => new Dictionary<string, object> { ["a"] = 1, ["password"] = value, ["z"] = "end" },
                1 => new Dictionary<string, object> { ["passwords"] = new[] { value, value }, ["z"] = "end" },
                _ => $"https://x/?code={Uri.EscapeDataString(value)}&z=end",
            };
            var json = JsonSerializer.Serialize(content, Encoders[random.Next(2)]);
            for (var depth = random.Next(4); depth > 0; depth--)
            {
                json = JsonSerializer.Serialize(new[] { json }, Encoders[random.Next(2)]);
            }

            var masked = _mask.Apply(json);
            Assert.True(!masked.Contains('Q', StringComparison.Ordinal) && masked.Contains("end", StringComparison.Ordinal), $"{json}\n{masked}");
            JsonDocument.Parse(masked).Dispose();

            // The same holds for a text that is cut at any place.
            Assert.DoesNotContain('Q', _mask.Apply(json[..random.Next(json.Length)], isCut: true));
        }
    }

    [Theory]
    [InlineData("""{"password":"half of i""", """{"password":"***""")]
    [InlineData("""{"password":"p","token":"t"}""", """{"password":"***","token":"***"}""")]
    [InlineData("""["{\"password\":\"unfinished","next"]""", """["{\"password\":\"***","next"]""")]
    [InlineData("""{"password":"a token=b"}""", """{"password":"***"}""")]
    [InlineData("""{"password":"p\\","n":"x"}""", """{"password":"***\\","n":"x"}""")]
    [InlineData("""["{\"password\":\"p\\\\\",\"n\":1}"]""", """["{\"password\":\"***\\\\\",\"n\":1}"]""")]
    [InlineData("""["{\u0022password\u0022:\u0022p\\\\\u0022,\u0022n\u0022:1}"]""", """["{\u0022password\u0022:\u0022***\\\\\u0022,\u0022n\u0022:1}"]""")]
    [InlineData("https://f/api?code=k-1_2==&x=1", "https://f/api?code=***&x=1")]
    [InlineData("GET /x?sig=abc%2Bd%3D HTTP/1.1", "GET /x?sig=*** HTTP/1.1")]
    [InlineData("{\\n  \\\"password\\\": \\\"p\\\"\\n}", "{\\n  \\\"password\\\": \\\"***\\\"\\n}")]
    [InlineData("%7B%22password%22%3A%22p%22%7D", "%7B%22password%22%3A***")]
    public void Values_end_where_they_end(string text, string masked) => Assert.Equal(masked, _mask.Apply(text));

    [Theory]
    [InlineData("The request has no access token. Send 'Authorization: Bearer <token>'.")]
    [InlineData("""{"code":5,"user":"ann","key":"k","tokenType":"Bearer","max_tokens":100,"keys":[1]}""")]
    [InlineData("""{"password":null,"token":"","secret":false}""")]
    [InlineData("""["the bearer of this","100%","%zz","\u12","C:\\x\\y","\\"]""")]
    [InlineData("")]
    [InlineData("\\")]
    public void What_is_no_secret_stays(string text) => Assert.Equal(text, _mask.Apply(text));

    [Fact]
    public void Secrets_that_change_are_known_at_once_and_short_ones_hide_no_words()
    {
        string?[] secrets = ["first-secret", "second", "second-and-longer", "on", null];
        var mask = new SecretMask([new SecretSource(() => secrets), new SecretSource(() => ["third-secret"])]);
        Assert.Equal("on *** *** ***!", mask.Apply("on first-secret second-and-longer third-secretfirst-secret!"));
        secrets = ["other-secret"];
        Assert.Equal("first-secret *** ***", mask.Apply("first-secret other-secret third-secret"));
    }

    [Fact]
    public void Keys_in_the_addresses_of_upstreams_are_secrets_and_words_in_them_are_none()
    {
        var template = new UpstreamTemplate(
            new UpstreamTemplateOptions
            {
                UrlTemplate = "https://me:pass-word@x/{@Microsoft.KeyVault(SecretUri=https://v/s)}/{hub}?code=abc&mode=production&x=0123456789abcdef&sig={event}"
                    + "&key={@Microsoft.KeyVault(SecretUri=https://v/none)}",
            },
            address => address == "https://v/s" ? "from-the-vault" : null);
        Assert.Equal(["from-the-vault", "abc", "0123456789abcdef", "pass-word"], template.Secrets);
    }

    [Theory]
    [InlineData("token ")]
    [InlineData("token=x ")]
    [InlineData("password=\\\"")]
    [InlineData("\"password\":[\"a\",")]
    [InlineData("bearer ")]
    [InlineData("eyJ")]
    [InlineData("\\")]
    [InlineData("\\u0022")]
    [InlineData("%22")]
    [InlineData("?code=")]
    [InlineData(" ")]
    [InlineData("secret0123456789-secret0123456789")]
    public async Task No_text_takes_long(string part)
    {
        // Longer than any text that the trace reads: quadratic time would take minutes.
        var mask = new SecretMask([new SecretSource(() => ["secret0123456789-secret0123456789-x"])]);
        var text = string.Concat(Enumerable.Repeat(part, 1024 * 1024 / part.Length));
        await Task.Run(() => mask.Apply(text, isCut: true)).WaitAsync(Waits.Limited());
    }
}
