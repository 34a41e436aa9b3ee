using System.Security.Cryptography;
using System.Text;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.FunctionsExtension;

/// <summary>The stand-in is as strict as the extension: a request that fails there fails here.</summary>
public sealed class ExtensionTriggerTests
{
    private const string Json = "Content-Type: application/json\r\n";
    private const string Names = "X-ASRS-Hub: chat\r\nX-ASRS-Category: messages\r\nX-ASRS-Event: Echo\r\nX-ASRS-Connection-Id: c1\r\n";
    private const string Body = """{"type":1,"target":"echo","arguments":[]}""";

    private static readonly string Good = Sign(GatewayFixture.Key);
    private static readonly string Other = Sign("another-key-of-the-extension-tests-0123456789");

    public static TheoryData<string, string, int> Requests => new()
    {
        { Json + Names + $"X-ASRS-Signature: {Good}\r\n", Body, 200 },
        { Json + Names + $"X-ASRS-Signature: {Other},{Good.ToUpperInvariant()}\r\n", Body, 200 },
        { "Content-Type: application/json; charset=utf-8\r\n" + Names + $"X-ASRS-Signature: {Good}\r\n", Body, 200 },
        { Json + Names + $"X-ASRS-Signature: {Other}, {Good}\r\n", Body, 401 }, // not trimmed
        { Json + Names + $"X-ASRS-Signature: {Other}\r\n", Body, 401 },
        { Json + Names, Body, 401 },
        { "Content-Type: text/plain\r\n" + Names + $"X-ASRS-Signature: {Good}\r\n", Body, 415 },
        { "Content-Type: application/json-seq\r\n" + Names + $"X-ASRS-Signature: {Good}\r\n", Body, 415 },
        { Names + $"X-ASRS-Signature: {Good}\r\n", Body, 500 },
        { Json + Names.Replace("X-ASRS-Hub: chat", "X-ASRS-Hub: ", StringComparison.Ordinal), Body, 400 },
        { Json + Names.Replace("X-ASRS-Hub: chat\r\n", "", StringComparison.Ordinal), Body, 500 },
        { Json + Names.Replace("Echo", "Nobody", StringComparison.Ordinal), Body, 404 },
        { Json + Names + $"X-ASRS-Signature: {Good}\r\n", Body + "\x1e", 500 },
        { Json + Names + $"X-ASRS-Signature: {Good}\r\n", Body.Replace("echo", "other", StringComparison.Ordinal), 500 },
        { Json + Names.Replace("Echo", "eCHO", StringComparison.Ordinal) + $"X-ASRS-Signature: {Good}\r\n", Body, 200 },
        { "content-type: application/json\r\n" + Names + $"x-asrs-signature: {Good}\r\n", Body.Replace("type", "Type", StringComparison.Ordinal), 200 },
        { Json + Names.Replace("X-ASRS-Connection-Id: c1\r\n", "", StringComparison.Ordinal) + $"X-ASRS-Signature: {Good}\r\n", Body, 500 },
        { "Content-Type: application/x-msgpack\r\n" + Names + $"X-ASRS-Signature: {Good}\r\n", Body, 500 },
        { Json + Names + $"X-ASRS-Signature: {Good}\r\n", Body.Replace("1", "4", StringComparison.Ordinal), 500 },
        { Json + Names + Names + $"X-ASRS-Signature: {Good}\r\n", Body, 500 },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void The_stand_in_checks_what_the_extension_checks(string headers, string body, int status)
    {
        var trigger = new ExtensionTrigger().On("messages", "Echo");
        var request = new ExtensionRequest($"POST / HTTP/1.1\r\n{headers}\r\n", Encoding.UTF8.GetBytes(body));
        Assert.Equal(status, trigger.Handle(request).Status);
    }

    [Fact]
    public void Without_an_access_key_an_identity_based_connection_checks_no_signature()
    {
        var trigger = new ExtensionTrigger { AccessKeys = [] }.On("messages", "Echo");
        Assert.Equal(200, trigger.Handle(new ExtensionRequest($"POST / HTTP/1.1\r\n{Json}{Names}\r\n", Encoding.UTF8.GetBytes(Body))).Status);
    }

    private static string Sign(string key) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), "c1"u8));
}
