namespace Serverless.Gateway.Observability;

/// <summary>
/// Marks an option as a configuration key. The gateway accepts the key at its start, and <c>docs/configuration.md</c> has a row for it, written by
/// <c>bash docs/generate.sh</c>: the meaning is the property's <c>&lt;value&gt;</c>, the default its initial value, or <see cref="Default"/>.
/// </summary>
/// <remarks>A new options class also needs a line in <c>ConfigurationKeys.Sections</c>. Texts are Markdown.</remarks>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingAttribute : Attribute
{
    /// <value>The allowed values, such as <c>1 s to 5 min</c>. A switch and an enumeration need none.</value>
    public string? Allowed { get; set; }

    /// <value>True when the value is, or may contain, a secret, which is never printed or logged.</value>
    public bool IsSecret { get; set; }

    /// <value>The behaviour without the key, in words, for options without an initial value.</value>
    public string? Default { get; set; }
}
