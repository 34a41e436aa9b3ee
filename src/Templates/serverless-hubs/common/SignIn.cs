using Serverless.Hubs;

namespace ServerlessApp;

/// <summary>Checks the users that connect.</summary>
public static class SignIn
{
    /// <summary>
    /// Accepts every name without authentication. To sign your users in, remove this callback: then the user of the request connects, and
    /// <c>[Authorize]</c> on the hub refuses others.
    /// </summary>
    public static ValueTask AcceptAnyName(NegotiateContext negotiate)
    {
        if (negotiate.HttpContext.Request.Query["user"].ToString() is { Length: > 0 } user)
        {
            negotiate.Options.UserId = user;
        }
        else
        {
            negotiate.Refuse();
        }

        return ValueTask.CompletedTask;
    }
}
