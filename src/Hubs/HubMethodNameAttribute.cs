namespace Serverless.Hubs;

/// <summary>The name by which clients call a hub method, or by which a client's method is called, where it is not the method's own.</summary>
/// <param name="name">The name on the wire.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class HubMethodNameAttribute(string name) : Attribute
{
    /// <summary>The name on the wire.</summary>
    public string Name { get; } = name;
}
