using Microsoft.AspNetCore.Http;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Management;

namespace Serverless.Gateway.Tests.Management;

public class RoutesTests
{
    [Theory]
    [InlineData("/api/hubs/chat", false, "hubs|chat")]
    [InlineData("/api/v1/hubs/chat?x=/y/z", true, "hubs|chat")]
    [InlineData("/api/v1", true, "")]
    [InlineData("/api/hubs/chat/", false, "hubs|chat")]
    [InlineData("/api/hubs/chat/users/a%2Fb/:send", false, "hubs|chat|users|a/b|:send")]
    [InlineData("/api/hubs/chat/users/a%252Fb", false, "hubs|chat|users|a%2Fb")]
    [InlineData("/api/hubs/chat/users/...", false, "hubs|chat|users|...")]
    [InlineData("/api/hubs/chat/users/%C3%BC+", false, "hubs|chat|users|ü+")]
    [InlineData("/api/hubs/chat/users/%3Fa%23", false, "hubs|chat|users|?a#")]
    [InlineData("/api/hubs//x", false, "hubs||x")]
    [InlineData("/api/v1/hubs/v1", true, "hubs|v1")]
    [InlineData("/api/%761/hubs/chat", true, "hubs|chat")]
    [InlineData("http://proxy.example.com/api/hubs/chat/users/a%2Fb?q", false, "hubs|chat|users|a/b")]
    public void A_path_is_split_before_its_segments_are_decoded(string target, bool isVersion1, string segments)
    {
        var request = From(target);
        Assert.Equal(segments, string.Join('|', request.Segments.ToArray()));
        Assert.Equal(isVersion1, request.IsVersion1);
    }

    [Theory]
    [InlineData("POST", "/api/hubs/h")]
    [InlineData("POST", "/api/v1/hubs/h/:send")]
    [InlineData("POST", "/api/hubs/h/users/u/:send")]
    [InlineData("DELETE", "/api/hubs/h/connections/c")]
    [InlineData("HEAD", "/api/hubs/h/connections/c")]
    [InlineData("GET", "/api/hubs/h/groups/g")]
    [InlineData("PUT", "/api/hubs/h/groups/g/connections/c")]
    [InlineData("PUT", "/api/hubs/h/connections/c/groups/g")]
    [InlineData("DELETE", "/api/hubs/h/connections/c/groups")]
    [InlineData("DELETE", "/api/hubs/h/users/u/groups")]
    [InlineData("GET", "/api/v1/hubs/h/groups/g/users/u")]
    [InlineData("PUT", "/api/hubs/h/users/u/groups/g")]
    [InlineData("POST", "/api/hubs/h/:closeConnections")]
    [InlineData("POST", "/api/hubs/h/groups/g/:closeConnections")]
    [InlineData("POST", "/api/hubs/h/users/u/:closeConnections")]
    public void Exactly_one_operation_takes_a_path_and_fills_in_its_names(string method, string target)
    {
        var request = From(target);
        var route = Assert.Single(Routes.All, route => route.Method == method && route.Matches(request));
        var call = new RestCall(new DefaultHttpContext(), request.IsVersion1);
        route.Fill(call, request);
        Assert.Equal("h", call.HubText);
        Assert.Equal(target.Contains("/connections/c", StringComparison.Ordinal) ? "c" : "", call.ConnectionId);
        Assert.Equal(target.Contains("/groups/g", StringComparison.Ordinal) ? "g" : null, call.Group);
        Assert.Equal(target.Contains("/users/u", StringComparison.Ordinal) ? "u" : null, call.User);
    }

    [Theory]
    [InlineData("/api/hubs")]
    [InlineData("/api/hubs/h/x")]
    [InlineData("/api/HUBS/h")]
    [InlineData("/api/hubs/h/users/")]
    [InlineData("/api/hubs/h/users//:send")]
    [InlineData("/api/hubs/h/users/u/groups/g/x")]
    public void Other_paths_have_no_operation(string target)
    {
        var request = From(target);
        Assert.DoesNotContain(Routes.All, route => route.Matches(request));
    }

    [Fact]
    public void Excluded_ids_and_the_reason_come_from_the_query()
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString("?excluded=c%201&EXCLUDED=c2&excluded=c2&reason=why%20%26%20so&reason=other");
        var call = new RestCall(context, isVersion1: false);
        Assert.Equal(["c 1", "c2"], call.Excluded.Order(StringComparer.Ordinal));
        Assert.Equal("why & so", call.Reason);
    }

    private static RestRequest From(string target) => RestRequest.From(RequestTarget.Parse(target));
}
