using Microsoft.AspNetCore.Http.Features;
using Serverless.Gateway.Access;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Clients.Admission;
using Serverless.Gateway.Clients.Endpoints;
using Serverless.Gateway.Management;

namespace Serverless.Gateway.Hosting;

/// <summary>The first middleware: parses the request target for all that follow, and answers 400 where it is not one unambiguous path.</summary>
internal static class RequestTargetMiddleware
{
    public static void UseRequestTarget(this WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<PublicAddresses>();
        var cors = app.Services.GetRequiredService<ClientCors>();
        app.Use(next => context =>
        {
            var target = addresses.Below(
                context.Request, RequestTarget.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
            context.Features.Set(target);
            if (target.Error is not null)
            {
                return RefuseAsync(context, target, cors);
            }

            context.Request.Path = target.RoutedPath;
            return next(context);
        });

        // Called explicitly, because the builder would put it first, before the path is set above.
        app.UseRouting();
    }

    // Answers in the form of the part of the API that the path begins with.
    private static Task RefuseAsync(HttpContext context, RequestTarget target, ClientCors cors)
    {
        if (!target.IsUnder("client"))
        {
            var isVersion1 = target.IsUnder("api") && RestRequest.From(target).IsVersion1;
            return ErrorResponses.WriteAsync(context, RestError.BadRequest(target.Error!, "path"), isVersion1);
        }

        cors.Apply(context);
        return ClientResponses.RefuseAsync(context, new Refusal(StatusCodes.Status400BadRequest, target.Error!));
    }
}
