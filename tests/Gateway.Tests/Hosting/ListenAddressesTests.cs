using Microsoft.Extensions.Configuration;
using Serverless.Gateway.Hosting;

namespace Serverless.Gateway.Tests.Hosting;

public class ListenAddressesTests
{
    [Theory]
    [InlineData("http://localhost:8888")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://127.0.0.1:0/")]
    [InlineData("http://[::1]:80;https://*:443; http://+:8080 ;")]
    [InlineData("http://0.0.0.0")]
    [InlineData("http://gateway.example.com:5000")]
    [InlineData("http://unix:/run/gateway.sock")]
    public void Addresses_that_Kestrel_takes_are_taken(string urls) => Assert.Empty(Errors("urls", urls));

    [Theory]
    [InlineData("", "is empty")]
    [InlineData(";", "is empty")]
    [InlineData("8080", "has '8080', which is not an address. Write an address such as http://localhost:8888.")]
    [InlineData("localhost:8888", "has 'localhost:8888'")]
    [InlineData("ftp://localhost:1", "has 'ftp://localhost:1'")]
    [InlineData("http://127.0.0.1:abc", "has 'http://127.0.0.1:abc'")]
    [InlineData("http://localhost:99999", "has 'http://localhost:99999'")]
    [InlineData("http://localhost:-1", "has 'http://localhost:-1'")]
    [InlineData("http://localhost:8888/path", "has 'http://localhost:8888/path'")]
    [InlineData("http://localhost:8888;x", "has 'x'")]
    public void A_bad_urls_is_one_clear_line(string urls, string text) =>
        Assert.Contains($"--urls (or ASPNETCORE_URLS) {text}", Assert.Single(Errors("urls", urls)), StringComparison.Ordinal);

    [Fact]
    public void An_endpoint_of_Kestrel_s_section_is_named_by_its_key() => Assert.StartsWith(
        "Kestrel:Endpoints:Web:Url is 'http://localhost:abc', which is not an address.",
        Assert.Single(Errors("Kestrel:Endpoints:Web:Url", "http://localhost:abc")),
        StringComparison.Ordinal);

    private static List<string> Errors(string key, string value) => [.. ListenAddresses.Errors(
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [key] = value }).Build())];
}
