namespace Serverless.Gateway.Access;

/// <summary>What an Entra identity may do (docs/contract/rest-api.md#entra-roles).</summary>
[Flags]
internal enum EntraRights
{
    None = 0,

    /// <summary>HEAD and GET of the REST API.</summary>
    Read = 1,

    /// <summary>All other operations of the REST API.</summary>
    Write = 2,

    /// <summary>Temporary access keys and client tokens.</summary>
    Tokens = 4,
}

/// <summary>The service's roles, read from a token's <c>roles</c>.</summary>
internal static class EntraRoles
{
    // The service's names without spaces and dots: an app role's value in Entra cannot hold a space.
    private static readonly Dictionary<string, EntraRights> Rights = new(StringComparer.OrdinalIgnoreCase)
    {
        ["SignalRAppServer"] = EntraRights.Tokens,
        ["SignalRServiceOwner"] = EntraRights.Read | EntraRights.Write | EntraRights.Tokens,
        ["SignalRRESTAPIOwner"] = EntraRights.Read | EntraRights.Write,
        ["SignalRRESTAPIReader"] = EntraRights.Read,
    };

    /// <summary>All rights that the roles give together; a role of another name gives none.</summary>
    public static EntraRights Of(IEnumerable<string> roles)
    {
        var rights = EntraRights.None;
        foreach (var role in roles)
        {
            rights |= Rights.GetValueOrDefault(string.Concat(role.Where(char.IsAsciiLetterOrDigit)));
        }

        return rights;
    }

    /// <summary>The roles that would do, for an error's text.</summary>
    public static string Sufficient(EntraRights needed) => needed switch
    {
        EntraRights.Read => "'SignalR REST API Reader', 'SignalR REST API Owner' or 'SignalR Service Owner'",
        EntraRights.Tokens => "'SignalR App Server' or 'SignalR Service Owner'",
        _ => "'SignalR REST API Owner' or 'SignalR Service Owner'",
    };
}
