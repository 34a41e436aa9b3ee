using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Serverless.Hubs.Descriptors;

/// <summary>What there is to know about a hub class in order to call it. The source generator writes one per hub.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class HubDescriptor
{
    private static readonly ConcurrentDictionary<Type, HubDescriptor> Known = new();

    /// <summary>Called by generated code.</summary>
    /// <param name="hubType">The hub class.</param>
    /// <param name="name">The hub's name, in lower case.</param>
    /// <param name="create">Makes an instance with a scope's services.</param>
    /// <param name="methods">What clients can call; names differ in more than case.</param>
    public HubDescriptor(Type hubType, string name, Func<IServiceProvider, Hub> create, IReadOnlyList<HubMethod> methods)
    {
        HubType = hubType;
        Name = HubNameRule.Parse(name);
        Create = create;
        Methods = methods;
    }

    /// <summary>The hub class.</summary>
    public Type HubType { get; }

    /// <summary>The hub's name, in lower case.</summary>
    public string Name { get; }

    /// <summary>Makes an instance with a scope's services.</summary>
    public Func<IServiceProvider, Hub> Create { get; }

    /// <summary>What clients can call.</summary>
    public IReadOnlyList<HubMethod> Methods { get; }

    /// <summary>What callers of any method must be, and who connects.</summary>
    public IReadOnlyList<HubAuthorizeAttribute> Authorization { get; init; } = [];

    /// <summary>Called by generated code when the hub's assembly is loaded.</summary>
    public static void Register(HubDescriptor descriptor) => Known[descriptor.HubType] = descriptor;

    internal static HubDescriptor Of(Type hubType)
    {
        if (!Known.TryGetValue(hubType, out var descriptor))
        {
            // Nothing of that assembly may have run yet, and with it the initializer that registers its hubs.
            RuntimeHelpers.RunModuleConstructor(hubType.Module.ModuleHandle);
            Known.TryGetValue(hubType, out descriptor);
        }

        return descriptor ?? throw new InvalidOperationException(
            $"{hubType} has no generated descriptor. Its project must be compiled with the source generator of Serverless.Hubs, " +
            "and the class must not be abstract.");
    }
}
