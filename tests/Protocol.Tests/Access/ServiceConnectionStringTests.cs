namespace Serverless.Protocol.Tests.Access;

public class ServiceConnectionStringTests
{
    private const string Key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

    [Fact]
    public void The_emulators_string_works_as_it_is()
    {
        var parsed = ServiceConnectionString.Parse($"Endpoint=http://localhost;Port=8888;AccessKey={Key};Version=1.0;");

        Assert.Equal(new Uri("http://localhost:8888"), parsed.Endpoint);
        Assert.Equal("http://localhost/", parsed.AudienceBase);
        Assert.Equal(Key, parsed.AccessKey);
        Assert.Equal("1.0", parsed.Version);
        Assert.Equal(ServiceAuthType.AccessKey, parsed.AuthType);
        Assert.Equal(parsed.Endpoint, parsed.ClientEndpoint);
        Assert.Equal(parsed.Endpoint, parsed.ServerEndpoint);
    }

    [Theory]
    [InlineData("Endpoint=http://127.0.0.1;Port=5299", "http://127.0.0.1:5299/", "http://127.0.0.1/")]
    [InlineData("Endpoint=http://127.0.0.1:5299", "http://127.0.0.1:5299/", "http://127.0.0.1:5299/")]
    [InlineData("Endpoint=http://h:1;Port=2", "http://h:2/", "http://h:1/")]
    [InlineData("Endpoint=https://H.example///", "https://h.example/", "https://h.example/")]
    [InlineData("Endpoint=https://h:443/", "https://h/", "https://h/")]
    [InlineData("endpoint = https://h ; PORT = 65535 ", "https://h:65535/", "https://h/")]
    public void A_port_counts_for_the_audience_only_when_it_is_written_in_the_endpoint(string text, string endpoint, string audienceBase)
    {
        var parsed = ServiceConnectionString.Parse(text + ";AccessKey=k");

        Assert.Equal(endpoint, parsed.Endpoint.AbsoluteUri);
        Assert.Equal(audienceBase, parsed.AudienceBase);
    }

    [Fact]
    public void Client_and_server_endpoints_replace_the_endpoint_but_not_the_audience()
    {
        var parsed = ServiceConnectionString.Parse(
            "Endpoint=http://inner;AccessKey=a=b==;ClientEndpoint=https://edge/base/;ServerEndpoint=http://rest:81;;noise");

        Assert.Equal("https://edge/base", parsed.ClientEndpoint.AbsoluteUri);
        Assert.Equal("http://rest:81/", parsed.ServerEndpoint.AbsoluteUri);
        Assert.Equal("http://inner/", parsed.AudienceBase);
        Assert.Equal("a=b==", parsed.AccessKey);
    }

    [Theory]
    [InlineData("AuthType=azure", ServiceAuthType.DefaultCredential)]
    [InlineData("authtype=Azure.MSI;ClientId=c", ServiceAuthType.ManagedIdentity)]
    [InlineData("AuthType=azure.app;ClientId=c;TenantId=t;ClientSecret=s", ServiceAuthType.Application)]
    [InlineData("AuthType=azure.app;ClientId=c;TenantId=t;clientCert=p", ServiceAuthType.Application)]
    [InlineData("AuthType=aad", ServiceAuthType.ManagedIdentity)]
    [InlineData("AuthType=aad;ClientId=c;TenantId=t;ClientSecret=s", ServiceAuthType.Application)]
    [InlineData("AuthType=key;AccessKey=k", ServiceAuthType.AccessKey)]
    public void The_auth_type_says_how_to_authenticate(string text, ServiceAuthType expected)
    {
        var parsed = ServiceConnectionString.Parse("Endpoint=https://h;" + text);

        Assert.Equal(expected, parsed.AuthType);
        Assert.Equal(expected == ServiceAuthType.AccessKey, parsed.AccessKey is not null);
    }

    [Theory]
    [InlineData(null, "write Endpoint=http://<host>;AccessKey=<key>;Version=1.0;")]
    [InlineData("", "incomplete")]
    [InlineData("Endpoint=http://h", "incomplete")]
    [InlineData("AccessKey=k;Version=1.0", "add Endpoint=http://<host>;")]
    [InlineData("Endpoint=http://h;Version=1.0", "add AccessKey=<key>; or AuthType=azure;")]
    [InlineData("Endpoint=http://h;AccessKey=", "add AccessKey=<key>; or AuthType=azure;")]
    [InlineData("Endpoint=http://h;AccessKey=k;accesskey=l", "'accesskey' twice")]
    [InlineData("Endpoint=ftp://h;AccessKey=k", "Endpoint is not an http or https address")]
    [InlineData("Endpoint=h;AccessKey=k", "write Endpoint=https://<host>;")]
    [InlineData("Endpoint=http://u:p@h;AccessKey=k", "Endpoint is not")]
    [InlineData("Endpoint=http://h;AccessKey=k;ClientEndpoint=/x", "write ClientEndpoint=https://<host>;")]
    [InlineData("Endpoint=http://h;AccessKey=k;ServerEndpoint=", "write ServerEndpoint=https://<host>;")]
    [InlineData("Endpoint=http://h;AccessKey=k;Port=0", "from 1 to 65535")]
    [InlineData("Endpoint=http://h;AccessKey=k;Port=65536", "from 1 to 65535")]
    [InlineData("Endpoint=http://h;AccessKey=k;Port=+1", "from 1 to 65535")]
    [InlineData("Endpoint=http://h;AccessKey=k;Version=2.0", "write Version=1.0;")]
    [InlineData("Endpoint=http://h;AuthType=azure.app;ClientId=c", "needs ClientId, TenantId and one of ClientSecret and clientCert")]
    public void A_wrong_string_gets_an_error_that_says_what_to_write(string? text, string error)
    {
        Assert.False(ServiceConnectionString.TryParse(text, out _, out var actual));
        Assert.Contains(error, actual, StringComparison.Ordinal);
        Assert.Equal(actual, Assert.Throws<FormatException>(() => ServiceConnectionString.Parse(text!)).Message);
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("1.12-preview.1")]
    public void Versions_of_the_first_generation_are_read(string version) =>
        Assert.Equal(version, ServiceConnectionString.Parse($"Endpoint=http://h;AccessKey=k;Version={version}").Version);

    [Fact]
    public void Its_text_shows_no_secret()
    {
        var key = ServiceConnectionString.Parse($"Endpoint=http://h;AccessKey={Key}").ToString();
        var app = ServiceConnectionString.Parse("Endpoint=http://h;AuthType=azure.app;ClientId=c;TenantId=t;ClientSecret=hush").ToString();

        Assert.DoesNotContain(Key, key, StringComparison.Ordinal);
        Assert.Contains("http://h", key, StringComparison.Ordinal);
        Assert.DoesNotContain("hush", app, StringComparison.Ordinal);
    }
}
