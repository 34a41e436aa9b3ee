using Serverless.Gateway.Tests.Wire.Support;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Wire.Clients;

/// <summary>The maximum length of the names in a client's message, and the effect of a longer one.</summary>
[Collection(SharedGateway.Name)]
public sealed class NameLimitTests(GatewayFixture gateway)
{
    private readonly string _hub = GatewayFixture.NewHub();

    [Fact]
    public async Task A_target_of_the_limit_goes_upstream()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        var target = new string('t', HubMessageLimits.TargetLength);
        Assert.Equal("""{"type":3,"invocationId":"1"}""", await peer.InvokeAsync(target));
        Assert.Equal(target, (await gateway.UpstreamOf(_hub).NextAsync()).Event);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_longer_target_ends_in_an_error_that_names_the_limit_and_disturbs_no_other_call(int type)
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await gateway.UpstreamOf(_hub).NextAsync("connected");
        var target = new string('t', 1_000_000);
        await peer.SendAsync($$"""{"type":{{type}},"invocationId":"7","target":"{{target}}","arguments":[]}""");
        Assert.Equal(
            """{"type":3,"invocationId":"7","error":"Invocation failed, the method's name has 1000000 characters. The limit is 1024."}""",
            await peer.NextAsync());

        // An invocation that expects no completion is dropped.
        await peer.SendAsync($$"""{"type":1,"target":"{{target}}","arguments":[]}""");
        Assert.Equal("""{"type":3,"invocationId":"8"}""", await peer.InvokeAsync("next", id: "8"));
        await gateway.UpstreamOf(_hub).NextAsync("next");
    }

    [Fact]
    public async Task An_invocation_id_over_the_limit_closes_the_connection()
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        await peer.SendAsync($$"""{"type":1,"invocationId":"{{new string('1', 257)}}","target":"t","arguments":[]}""");
        Assert.Equal(
            """{"type":7,"error":"Connection closed with an error. The invocation ID has 257 characters. The limit is 256.","allowReconnect":true}""",
            await peer.NextAsync());
    }

    [Theory]
    [InlineData(257, 1, "A header's name has 257 bytes. The limit is 256.")]
    [InlineData(1, 8192, "A header's value has 8194 bytes. The limit is 8192.")]
    public async Task A_header_over_the_limit_closes_the_connection(int name, int value, string error)
    {
        await using var peer = await gateway.ConnectAsync(_hub);
        var header = $$"""{"{{new string('n', name)}}":"{{new string('v', value)}}"}""";
        await peer.SendAsync($$"""{"type":1,"headers":{{header}},"target":"t","arguments":[]}""");
        Assert.Equal($$"""{"type":7,"error":"Connection closed with an error. {{error}}","allowReconnect":true}""", await peer.NextAsync());
    }

    [Fact]
    public async Task A_query_for_the_upstream_over_the_limit_is_refused()
    {
        await using var raw = await RawConnection.OpenAsync(gateway.Address);
        await raw.WriteAsync(HubPeer.UpgradeRequest(gateway.Address, _hub, GatewayFixture.ClientToken(_hub), "&q=" + new string('q', 9000)));
        var response = await raw.ReadResponseAsync();
        Assert.Equal(414, response.Status);
        Assert.Contains("The limit is 8192.", response.Body, StringComparison.Ordinal);
    }
}
