using System.Diagnostics.CodeAnalysis;

namespace Serverless.Hubs.Execution;

/// <summary>The members of a hub class that the framework reaches by reflection, for trimmed apps.</summary>
internal static class HubMembers
{
    public const DynamicallyAccessedMemberTypes Needed =
        DynamicallyAccessedMemberTypes.PublicConstructors
        | DynamicallyAccessedMemberTypes.NonPublicConstructors
        | DynamicallyAccessedMemberTypes.PublicMethods;
}
