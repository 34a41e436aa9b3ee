using System.Diagnostics.CodeAnalysis;

namespace Serverless.Hubs.Execution;

/// <summary>The members of a hub class that the framework reaches by reflection, for trimmed apps.</summary>
internal static class HubMembers
{
    /// <summary>Those that the framework's hub activator declares, beyond which a service in its place must not go.</summary>
    public const DynamicallyAccessedMemberTypes OfActivator =
        DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicMethods;

    /// <summary>Also what creates an instance without its constructor.</summary>
    public const DynamicallyAccessedMemberTypes Needed = OfActivator | DynamicallyAccessedMemberTypes.NonPublicConstructors;
}
