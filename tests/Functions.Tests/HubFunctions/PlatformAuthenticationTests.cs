using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs.Functions;

namespace Serverless.Functions.Tests.HubFunctions;

/// <summary>Negotiate in an app whose users the platform signs in, which has no authentication of its own.</summary>
public sealed class PlatformAuthenticationTests
{
    [Theory]
    [InlineData(true, null, StatusCodes.Status401Unauthorized)]
    [InlineData(true, "guest", StatusCodes.Status403Forbidden)]
    [InlineData(true, "member", StatusCodes.Status200OK)]
    [InlineData(false, "member", StatusCodes.Status401Unauthorized)] // without the platform, any client can send its headers
    public async Task The_platform_s_user_counts_where_its_authentication_is_turned_on(bool isOn, string? role, int status)
    {
        using var app = TestApp.Build(
            static hubs => hubs.AddHub<Members>(),
            builder =>
            {
                builder.ConfigureFunctionsWebApplication();
                builder.Configuration.AddInMemoryCollection([new("WEBSITE_AUTH_ENABLED", isOn ? "True" : null)]);
            });
        await using var scope = app.Services.CreateAsyncScope();
        var request = new DefaultHttpContext { RequestServices = scope.ServiceProvider };
        request.Request.Path = "/api/members/negotiate";
        request.Response.Body = new MemoryStream();
        if (role is not null)
        {
            request.Request.Headers["X-MS-CLIENT-PRINCIPAL-ID"] = "ann";
            request.Request.Headers["X-MS-CLIENT-PRINCIPAL"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(
                $$"""{"auth_typ":"aad","claims":[{"typ":"roles","val":"{{role}}"}],"name_typ":"{{ClaimTypes.Name}}","role_typ":"roles"}"""));
        }

        var table = app.Services.GetRequiredService<HubFunctionTable>();
        await app.Services.GetRequiredService<NegotiateFunction>().HandleAsync(request, table.Find("members-negotiate")!.Negotiates!);

        Assert.Equal(status, request.Response.StatusCode);
        Assert.Equal(status == StatusCodes.Status200OK, request.Response.Body.Length > 0);
    }

    [Authorize(Roles = "member")]
    private sealed class Members : Hub;
}
