namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>The checks see a mistake of each kind: each case changes one line of a file, and names what is to be said of it.</summary>
public sealed class SeededMistakeTests
{
    private const string Main = "bicep/main.bicep";
    private const string Parameters = "bicep/main.bicepparam";
    private const string Gateway = "bicep/modules/gateway.bicep";
    private const string Functions = "bicep/modules/functions.bicep";
    private const string Storage = "bicep/modules/storage.bicep";
    private const string Vault = "bicep/modules/vault.bicep";
    private const string Environment = "bicep/modules/environment.bicep";

    [Theory]
    [InlineData(Storage, "kind: 'StorageV2'", "kind: 'StorageV2", "syntax error")]
    [InlineData(Parameters, "param name = 'serverless'", "param name = ", "syntax error")]
    [InlineData(Main, "'modules/vault.bicep'", "'modules/vaults.bicep'", "module vault names bicep/modules/vaults.bicep, which is not there")]
    [InlineData(Main, "    redisName: joinNodes ? redis!.outputs.name : ''\n", "", "module endpoints is not given redisName")]
    [InlineData(Main, "    sku: redisSku", "    skuName: redisSku", "module redis has no parameter skuName")]
    [InlineData(Main, "vault.outputs.connectionStringSecret", "vault.outputs.connectionString", "module vault has no output connectionString")]
    [InlineData(Main, "network!.outputs.networkId", "network!.outputs.id", "module network has no output id")]
    [InlineData(Main, "drainSeconds: drainSeconds", "drainSeconds: drainTime", "drainTime is not declared")]
    [InlineData(Main, "drainSeconds: drainSeconds", "drainSeconds: 60", "parameter drainSeconds is not used")]
    [InlineData(Main, "var gatewayName = '${name}-gateway'", "var gatewayName = '${name}-gateway'\nvar other = 1", "variable other is not used")]
    [InlineData(Gateway, "param cores string", "param cores string\nparam size string", "parameter size is not used")]
    [InlineData(Gateway, "param cores string", "param cores string\nparam size string", "module gateway is not given size")]
    [InlineData(Storage, "output name string", "output id string = account.id\noutput name string", "output id is read by nobody")]
    [InlineData(Main, "output gatewayUrl string", "output gatewayAddress string", "output gatewayAddress is read by nobody")]
    [InlineData(Storage, "'Microsoft.Storage/storageAccounts@2023-05-01'", "'Microsoft.Storage/storageAccounts'", "resource account has no pinned API version")]
    [InlineData(Storage, "'Microsoft.Storage/storageAccounts@2023-05-01'", "'Microsoft.Storage/storageAccounts@latest'", "resource account has no pinned API version")]
    [InlineData(Storage, "'Microsoft.Storage/storageAccounts@2023-05-01'", "'Microsoft.Storage/storageAccounts@2023-01-01'", "has several API versions")]
    [InlineData(Vault, "output name string = vault.name", "output name string = primaryKey", "output name gives a secret away")]
    [InlineData(Vault, "output name string = vault.name", "var text = 'x${primaryKey}'\noutput name string = text", "output name gives a secret away")]
    [InlineData(Vault, "output name string = vault.name", "output name string = readableConnectionString.properties.value", "output name gives a secret away")]
    [InlineData(Storage, "output name string = account.name", "output name string = account.listKeys().keys[0].value", "output name gives a secret away")]
    [InlineData(Environment, "output id string = environment.id", "output id string = insights.properties.ConnectionString", "output id gives a secret away")]
    [InlineData(Vault, "@secure()\nparam primaryKey string", "param primaryKey string", "a secret goes into primaryKey of vault, which is not @secure()")]
    [InlineData(Main, "param primaryKey string = ''", "param primaryKey string = 'a-key'", "secret primaryKey is written into the file")]
    [InlineData(Parameters, "readEnvironmentVariable('GATEWAY_PRIMARY_KEY', '')", "'a-key'", "secret primaryKey is written into the file")]
    [InlineData(Parameters, "param minReplicas", "param minNodes", "bicep/main.bicep has no parameter minNodes")]
    [InlineData(Parameters, "param gatewayImage = readEnvironmentVariable('GATEWAY_IMAGE', '')\n", "", "gatewayImage is not given")]
    [InlineData(Parameters, "using 'main.bicep'", "using 'mains.bicep'", "the template bicep/mains.bicep is not there")]
    public async Task A_mistake_in_a_template_is_seen(string file, string from, string to, string expected)
    {
        var set = await TemplateSet.ParseAsync(Seed(file, from, to));
        Assert.Contains(TemplateCheck.Errors(set), error => error.Contains(expected, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(Gateway, "Gateway__Nodes__DrainTime", "Gateway__Node__DrainTime", "nobody reads Gateway:Node:DrainTime")]
    [InlineData(Gateway, "Gateway__Tables", "GATEWAY_TABLES", "nobody reads GATEWAY_TABLES")]
    [InlineData(Gateway, "Gateway__AccessKeys__1", "Gateway__AccessKeys__0", "Gateway:AccessKeys:0 is set twice")]
    [InlineData(Gateway, "UpstreamSettings__Templates__0__UrlTemplate", "UpstreamSettings__Templates__1__UrlTemplate", "UpstreamSettings:Templates:0:UrlTemplate is not set")]
    [InlineData(Gateway, "secretRef: 'access-key-primary'", "secretRef: 'access-key'", "there is no secret access-key")]
    [InlineData(Functions, "AzureSignalRConnectionString", "AzureSignalRConnection", "nobody reads AzureSignalRConnection")]
    [InlineData(Functions, "AzureWebJobsStorage__accountName", "AzureWebJobsStorage__account", "AzureWebJobsStorage:accountName is not set")]
    public async Task A_mistake_in_a_setting_is_seen(string file, string from, string to, string expected)
    {
        var set = await TemplateSet.ParseAsync(Seed(file, from, to));
        Assert.Contains(SettingsCheck.Errors(set), error => error.EndsWith(expected, StringComparison.Ordinal));
    }

    private static Dictionary<string, string> Seed(string file, string from, string to)
    {
        var files = TemplateSet.Files();
        Assert.Contains(from, files[file], StringComparison.Ordinal);
        var at = files[file].IndexOf(from, StringComparison.Ordinal);
        files[file] = files[file][..at] + to + files[file][(at + from.Length)..];
        return files;
    }
}
