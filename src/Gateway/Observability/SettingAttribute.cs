namespace Serverless.Gateway.Observability;

/// <summary>
/// Marks an option as a configuration key. The gateway takes the key at its start, and <c>docs/configuration.md</c> has a row for it, written by
/// <c>bash docs/generate.sh</c>: the meaning is the property's <c>&lt;value&gt;</c>, the default its own unless <see cref="Default"/> says otherwise.
/// </summary>
/// <remarks>A new options class also needs a line in <c>ConfigurationKeys.Sections</c>. Texts are Markdown.</remarks>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingAttribute : Attribute
{
    /// <value>What may be written, such as <c>1 s to 5 min</c>. A switch and an enumeration say it by themselves.</value>
    public string? Allowed { get; set; }

    /// <value>Whether the value is, or may hold, a secret, which is never printed or logged.</value>
    public bool IsSecret { get; set; }

    /// <value>What holds without the key, in words; for options that have no value of their own then.</value>
    public string? Default { get; set; }
}
