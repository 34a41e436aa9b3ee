namespace Serverless.Gateway.Access;

/// <summary>The rights of an Entra identity (docs/contract/rest-api.md#entra-roles).</summary>
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

/// <summary>Maps the service's roles, from a token's <c>roles</c>, to rights.</summary>
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

    /// <summary>Returns the rights of all roles together. A role of another name gives none.</summary>
    public static EntraRights Of(IEnumerable<string> roles)
    {
        var rights = EntraRights.None;
        foreach (var role in roles)
        {
            rights |= Rights.GetValueOrDefault(string.Concat(role.Where(char.IsAsciiLetterOrDigit)));
        }

        return rights;
    }

    /// <summary>Returns the roles that are sufficient, for an error's text.</summary>
    public static string Sufficient(EntraRights needed) => needed switch
    {
        EntraRights.Read => "'SignalR REST API Reader', 'SignalR REST API Owner' or 'SignalR Service Owner'",
        EntraRights.Tokens => "'SignalR App Server' or 'SignalR Service Owner'",
        _ => "'SignalR REST API Owner' or 'SignalR Service Owner'",
    };
}
