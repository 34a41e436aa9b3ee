using Microsoft.Extensions.Configuration;
using Serverless.Gateway.Hosting;

namespace Serverless.Gateway.Tests.Hosting;

public class ConfigurationCheckTests
{
    [Theory]
    [InlineData("Gateway:AccessKeys:0", "x")]
    [InlineData("gateway:accesskeys:1", "x")]
    [InlineData("Gateway:Endpoints:7", "http://h")]
    [InlineData("Gateway:Clients:MaxMessageBytes", "4096")]
    [InlineData("Gateway:Clients:KeepAlive", "00:00:15")]
    [InlineData("Gateway:Clients:AllowedOrigins", "")] // an empty list in a JSON file
    [InlineData("Gateway:Upstream:OnConnectedFailure", "close")]
    [InlineData("Gateway:Redis", "host:6379,password=x")]
    [InlineData("UpstreamSettings:Templates:0:UrlTemplate", "http://h/{event}")]
    [InlineData("UpstreamSettings:Templates:0:Auth:ManagedIdentity:Resource", "x")]
    [InlineData("UpstreamSettings:Templates", "")]
    [InlineData("Gateway", "")]
    [InlineData("Other:Section", "x")]
    [InlineData("Logging:LogLevel:Default", "Debug")]
    public void Known_keys_with_fitting_values_are_taken(string key, string value) => Assert.Empty(Errors(key, value));

    [Theory]
    [InlineData("Gateway:AccessKey", "x", "Gateway:AccessKey is not a configuration key")]
    [InlineData("Gateway:AccessKeys:first", "x", "Gateway:AccessKeys:first is not a configuration key")]
    [InlineData("Gateway:Clients:keepalife", "00:00:15", "did you mean Gateway:Clients:KeepAlive?")]
    [InlineData("Gateway:KeepAlive", "00:00:15", "Gateway:KeepAlive is not a configuration key")]
    [InlineData("Gateway:Clients:MaxMessageBytes", "1MB", "Gateway:Clients:MaxMessageBytes is '1MB'. Write a whole number.")]
    [InlineData("Gateway:Clients:MaxMessageBytes", "", "Gateway:Clients:MaxMessageBytes is ''. Write a whole number.")]
    [InlineData("Gateway:Clients:MaxMessageBytes", "99999999999", "Write a whole number.")]
    [InlineData("Gateway:Clients:KeepAlive", "15s", "Gateway:Clients:KeepAlive is '15s'. Write a time such as 00:00:15")]
    [InlineData("Gateway:Clients:KeepAlive", "10", "Gateway:Clients:KeepAlive is '10', which means 10 days. Write 00:00:10 for 10 seconds (hours:minutes:seconds).")]
    [InlineData("Gateway:Upstream:StreamIdleTimeout", "1", "is '1', which means 1 day. Write 00:00:01 for 1 second")]
    [InlineData("Gateway:Nodes:DrainTime", "-5", "is '-5', which means -5 days. Write a time such as 00:00:15")]
    [InlineData("Gateway:Upstream:OnConnectedFailure", "Ignore", "Write Tolerate or Close.")]
    [InlineData("UpstreamSettings:Template:0:UrlTemplate", "http://h", "did you mean UpstreamSettings:Templates:0:UrlTemplate?")]
    [InlineData("UpstreamSettings:Templates:0:Url", "http://h", "UpstreamSettings:Templates:0:Url is not a configuration key")]
    public void Anything_else_is_named_with_what_to_write(string key, string value, string error) =>
        Assert.Contains(error, Assert.Single(Errors(key, value)), StringComparison.Ordinal);

    [Fact]
    public void A_bare_10_is_said_to_be_ten_days_for_every_time()
    {
        var times = ConfigurationKeys.All.Where(key => key.Property.PropertyType == typeof(TimeSpan) || key.Property.PropertyType == typeof(TimeSpan?)).ToList();
        Assert.True(times.Count >= 15, "The times have not been found.");
        Assert.All(times, key => Assert.EndsWith(
            "is '10', which means 10 days. Write 00:00:10 for 10 seconds (hours:minutes:seconds).",
            Assert.Single(Errors(key.Path.Replace("#", "0", StringComparison.Ordinal), "10")),
            StringComparison.Ordinal));
        Assert.Empty(Errors("Gateway:Upstream:StreamIdleTimeout", "0"));
    }

    [Fact]
    public void Every_wrong_key_has_its_message()
    {
        var errors = ConfigurationCheck.Errors(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Gateway:A"] = "x",
            ["Gateway:Clients:KeepAlive"] = "x",
            ["UpstreamSettings:B"] = "x",
            ["Gateway:Redis"] = "h",
        }).Build());
        Assert.Equal(3, errors.Count);
    }

    private static IReadOnlyList<string> Errors(string key, string value) => ConfigurationCheck.Errors(
        new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { [key] = value }).Build());
}
