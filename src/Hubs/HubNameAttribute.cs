namespace Serverless.Hubs;

/// <summary>Specifies a hub's name. The default is the name of the class without the suffix <c>Hub</c>, in lower case.</summary>
/// <param name="name">The name: 1 to 128 characters, a letter first. It is in lower case on the wire.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class HubNameAttribute(string name) : Attribute
{
    /// <summary>Gets the hub's name.</summary>
    public string Name { get; } = name;
}
