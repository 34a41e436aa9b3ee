namespace Serverless.Hubs;

/// <summary>Names a hub. Without it the name is that of the class, without the suffix <c>Hub</c>, in lower case.</summary>
/// <param name="name">1 to 128 characters, a letter first; the wire has it in lower case.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class HubNameAttribute(string name) : Attribute
{
    /// <summary>The hub's name.</summary>
    public string Name { get; } = name;
}
