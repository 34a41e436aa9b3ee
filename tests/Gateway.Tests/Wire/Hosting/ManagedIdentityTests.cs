using Serverless.Gateway.Tests.Upstream;
using Serverless.Gateway.Tests.Wire.Support;

namespace Serverless.Gateway.Tests.Wire.Hosting;

/// <summary>Managed identity and Key Vault with endpoints on this machine and the real credential.</summary>
public sealed class ManagedIdentityTests
{
    [Fact]
    public async Task A_template_s_calls_carry_the_identity_s_token_and_its_secrets_and_are_not_made_without()
    {
        await using var vault = await LocalVault.StartAsync();
        vault.Secrets["code"] = "s3cr3t-function-key";
        await using var upstream = await UpstreamRecorder.StartAsync();
        await using var gateway = await SettingsGateway.StartAsync(
            $$"""
            {
              "Gateway": { "AccessKeys": ["{{GatewayFixture.Key}}"], "Identity": { "ClientId": "11111111-2222-3333-4444-555555555555" } },
              "UpstreamSettings": { "Templates": [
                { "UrlTemplate": "{{upstream.Template}}", "HubPattern": "plain", "Auth": { "Type": "None" } },
                {
                  "UrlTemplate": "{{upstream.Template}}?code={@Microsoft.KeyVault(SecretUri={{vault.SecretUri("code")}})}",
                  "HubPattern": "good",
                  "Auth": { "Type": "ManagedIdentity", "ManagedIdentity": { "Resource": "api://upstream" } }
                },
                {
                  "UrlTemplate": "{{upstream.Template}}",
                  "HubPattern": "bad",
                  "Auth": { "Type": "ManagedIdentity", "ManagedIdentity": { "Resource": "api://refused" } }
                },
                { "UrlTemplate": "{{upstream.Template}}?code={@Microsoft.KeyVault(SecretUri={{vault.SecretUri("none")}})}", "HubPattern": "secretless" }
              ] }
            }
            """,
            new Dictionary<string, string?>
            {
                ["IDENTITY_ENDPOINT"] = vault.IdentityEndpoint,
                ["IDENTITY_HEADER"] = LocalVault.IdentityHeader,
                ["MSI_ENDPOINT"] = null,
            });

        await using var good = await gateway.ConnectAsync("good", GatewayFixture.Key);
        await Waits.UntilAsync(
            async () => await good.InvokeAsync("x") == """{"type":3,"invocationId":"1"}""", "the secret has been read");
        var request = await upstream.Hub("good").NextAsync();
        Assert.Equal("Bearer token-for-api://upstream", request.Header("Authorization"));
        Assert.EndsWith("?code=s3cr3t-function-key", request.Target, StringComparison.Ordinal);
        Assert.Contains(("api://upstream", "11111111-2222-3333-4444-555555555555"), vault.Asked);

        await using var plain = await gateway.ConnectAsync("plain", GatewayFixture.Key);
        Assert.Null((await upstream.Hub("plain").NextAsync("connected")).Header("Authorization"));

        await using var bad = await gateway.ConnectAsync("bad", GatewayFixture.Key);
        Assert.Equal(
            """{"type":3,"invocationId":"1","error":"Invocation failed, the gateway gets no identity token for its upstream."}""",
            await bad.InvokeAsync("x"));
        await using var secretless = await gateway.ConnectAsync("secretless", GatewayFixture.Key);
        Assert.Equal(
            """{"type":3,"invocationId":"1","error":"Invocation failed, a secret of the upstream template is not available."}""",
            await secretless.InvokeAsync("x"));
        Assert.Equal((0, 0), (upstream.Hub("bad").Waiting, upstream.Hub("secretless").Waiting));
        await gateway.LoggedAsync("api://refused/.default");
        await gateway.LoggedAsync(vault.SecretUri("none"));
        Assert.DoesNotContain("s3cr3t", gateway.Process.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("token-for", gateway.Process.Log, StringComparison.Ordinal);
    }
}
