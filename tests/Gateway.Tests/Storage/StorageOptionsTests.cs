using Azure.Core;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Tests.Storage;

/// <summary>Tests the valid values of <c>Gateway:Tables</c>, and the account that each names.</summary>
public sealed class StorageOptionsTests
{
    private const string Secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";

    [Theory]
    [InlineData("UseDevelopmentStorage=true", "http://127.0.0.1:10002/devstoreaccount1")]
    [InlineData($"DefaultEndpointsProtocol=https;AccountName=name;AccountKey={Secret};EndpointSuffix=core.windows.net", "https://name.table.core.windows.net/")]
    [InlineData($"DefaultEndpointsProtocol=https;AccountName=name;AccountKey={Secret};EndpointSuffix=core.chinacloudapi.cn", "https://name.table.core.chinacloudapi.cn/")]
    [InlineData($"AccountName=name;AccountKey={Secret};TableEndpoint=http://127.0.0.1:9/name", "http://127.0.0.1:9/name")]
    [InlineData("TableEndpoint=https://name.table.core.windows.net;SharedAccessSignature=sv=1&sig=x", "https://name.table.core.windows.net/")]
    [InlineData("https://name.table.core.windows.net", "https://name.table.core.windows.net/")]
    public void An_account_is_named_by_a_connection_string_or_its_address(string tables, string address)
    {
        var options = new StorageOptions { Tables = tables };
        Assert.True(new StorageOptionsValidator().Validate(null, options).Succeeded);
        var usesIdentity = false;
        var client = options.Connect(
            () =>
            {
                usesIdentity = true;
                return DelegatedTokenCredential.Create(static (_, _) => default);
            },
            DurableTable.ClientOptions());
        Assert.Equal(address, client.Uri.GetLeftPart(UriPartial.Path));
        Assert.Equal(tables == "https://name.table.core.windows.net", usesIdentity);
    }

    [Theory]
    [InlineData("name.table.core.windows.net")]
    [InlineData("http://name.table.core.windows.net")]
    [InlineData("https://name.table.core.windows.net?sig=secret-signature")]
    [InlineData("UseDevelopmentStorage=false")]
    [InlineData($"DefaultEndpointsProtocol=https;AccountKey={Secret};EndpointSuffix=core.windows.net")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=name;AccountKey=secret not base 64;EndpointSuffix=core.windows.net")]
    [InlineData("AccountName=name;AccountKey=")]
    public void Anything_else_is_refused_with_what_to_write_and_not_repeated(string tables)
    {
        var result = new StorageOptionsValidator().Validate(null, new StorageOptions { Tables = tables });
        Assert.True(result.Failed);
        Assert.Contains("Write UseDevelopmentStorage=true for Azurite, a connection string", result.FailureMessage, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", result.FailureMessage, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, result.FailureMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Nothing_is_in_memory(string? tables) =>
        Assert.True(new StorageOptionsValidator().Validate(null, new StorageOptions { Tables = tables }).Succeeded);
}
