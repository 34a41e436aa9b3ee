using System.Net;
using Serverless.Gateway.Upstream.Requests;

namespace Serverless.Gateway.Tests.Upstream;

public class UpstreamRedirectTests
{
    [Theory]
    [InlineData("http://h/a", "http://h/b", true)]
    [InlineData("http://h:80/a", "http://H/b?c=d", true)]
    [InlineData("http://h:7071/a", "http://h:7071/b", true)]
    [InlineData("https://h/a", "https://h:443/b", true)]
    [InlineData("http://h/a", "https://h/a", true)] // the usual redirect to https
    [InlineData("https://h/a", "http://h/a", false)]
    [InlineData("https://h/a", "http://h:443/a", false)]
    [InlineData("http://h:7071/a", "https://h/a", false)]
    [InlineData("http://h:7071/a", "https://h:7071/a", false)]
    [InlineData("http://h/a", "https://h:444/a", false)]
    [InlineData("http://h/a", "http://h:81/a", false)]
    [InlineData("http://h/a", "http://other/a", false)]
    [InlineData("http://h/a", "http://sub.h/a", false)]
    [InlineData("http://h/a", "http://h./a", false)]
    [InlineData("http://h/a", "http://h@other/a", false)]
    [InlineData("http://h/a", "ftp://h/a", false)]
    [InlineData("http://h/a", "file:///a", false)]
    [InlineData("http://127.0.0.1/a", "http://localhost/a", false)]
    public void Only_the_same_host_is_followed(string from, string to, bool follows) =>
        Assert.Equal(follows, UpstreamRedirect.IsSameHost(new Uri(from), new Uri(to)));

    [Theory]
    [InlineData(307, "/b", "http://h:7071/b")]
    [InlineData(308, "b", "http://h:7071/a/b")]
    [InlineData(302, "?x=1", "http://h:7071/a/?x=1")]
    [InlineData(303, "//other/b", "http://other/b")]
    [InlineData(301, "https://other/b", "https://other/b")]
    [InlineData(304, "/b", null)]
    [InlineData(200, "/b", null)]
    [InlineData(307, null, null)]
    public void A_location_is_resolved_against_the_address_that_gave_it(int status, string? location, string? target)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        response.Headers.TryAddWithoutValidation("Location", location);
        Assert.Equal(target, UpstreamRedirect.TargetOf(response, new Uri("http://h:7071/a/"))?.AbsoluteUri);
    }

    [Fact]
    public void A_refusal_names_both_hosts_and_no_secret() => Assert.Equal(
        "https://app.example:443 redirects to http://other.example:81, and events are not sent to another host; set the template's URL to the final address",
        UpstreamRedirect.Refusal(new Uri("https://user:secret@app.example/a?code=secret"), new Uri("http://user:secret@other.example:81/secret")));
}
