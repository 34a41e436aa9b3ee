using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace Serverless.Hubs.Descriptors;

/// <summary>Represents the metadata that is needed to call a hub class. The source generator writes one per hub.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class HubDescriptor
{
    private static readonly ConcurrentDictionary<Type, HubDescriptor> Known = new();

    /// <summary>Initializes a new instance. Called by generated code.</summary>
    /// <param name="hubType">The hub class.</param>
    /// <param name="name">The hub's name, in lower case.</param>
    /// <param name="create">Creates a hub instance with the services of a scope.</param>
    /// <param name="methods">The methods that clients can call. Their names are unique when compared without case.</param>
    public HubDescriptor(Type hubType, string name, Func<IServiceProvider, Hub> create, IReadOnlyList<HubMethod> methods)
    {
        HubType = hubType;
        Name = HubNameRule.Parse(name);
        Create = create;
        Methods = methods;
    }

    /// <summary>Gets the hub class.</summary>
    public Type HubType { get; }

    /// <summary>Gets the hub's name, in lower case.</summary>
    public string Name { get; }

    /// <summary>Gets the function that creates a hub instance with the services of a scope.</summary>
    public Func<IServiceProvider, Hub> Create { get; }

    /// <summary>Gets the methods that clients can call.</summary>
    public IReadOnlyList<HubMethod> Methods { get; }

    /// <summary>Gets the requirements for connecting and for calling any method.</summary>
    public IReadOnlyList<HubAuthorizeAttribute> Authorization { get; init; } = [];

    /// <summary>Registers a hub. Called by generated code when the hub's assembly is loaded.</summary>
    /// <param name="descriptor">The hub's descriptor.</param>
    public static void Register(HubDescriptor descriptor) => Known[descriptor.HubType] = descriptor;

    internal static HubDescriptor Of(Type hubType)
    {
        if (!Known.TryGetValue(hubType, out var descriptor))
        {
            // The module initializer that registers the assembly's hubs may not have run yet.
            RuntimeHelpers.RunModuleConstructor(hubType.Module.ModuleHandle);
            Known.TryGetValue(hubType, out descriptor);
        }

        return descriptor ?? throw new InvalidOperationException(
            $"{hubType} has no generated descriptor. Its project must be compiled with the source generator of Serverless.Hubs, " +
            "and the class must not be abstract.");
    }
}
