using Serverless.Hubs;

namespace Serverless.Functions.Chatting;

/// <summary>A user's name, and the id that the gateway has for the user.</summary>
/// <remarks>
/// The id is the name percent-encoded: it is sent in a header of upstream requests, and the Functions host passes on only headers
/// of ASCII characters.
/// </remarks>
internal static class UserName
{
    public const int MaxLength = 60;

    /// <summary>Accepts the name in the query without authentication, and refuses a client without one. A real app signs its users in.</summary>
    public static ValueTask FromQuery(NegotiateContext negotiate)
    {
        var name = negotiate.HttpContext.Request.Query["user"].ToString();
        if (IsValid(name))
        {
            negotiate.Options.UserId = ToId(name);
        }
        else
        {
            negotiate.Refuse();
        }

        return ValueTask.CompletedTask;
    }

    public static bool IsValid(string? name) => !string.IsNullOrWhiteSpace(name) && name.Length <= MaxLength;

    public static string ToId(string name) => Uri.EscapeDataString(name);

    public static string FromId(string? id) => Uri.UnescapeDataString(id ?? "");
}
