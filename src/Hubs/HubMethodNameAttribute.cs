namespace Serverless.Hubs;

/// <summary>Specifies the wire name of a hub method, or of a method of a client interface, where it differs from the method's own name.</summary>
/// <param name="name">The name on the wire.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HubMethodNameAttribute(string name) : Attribute
{
    /// <summary>Gets the name on the wire.</summary>
    public string Name { get; } = name;
}
