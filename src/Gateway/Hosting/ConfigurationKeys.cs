using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using Serverless.Gateway.Access;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Connections.Lifetime;
using Serverless.Gateway.Dashboard;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Metering;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Storage;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Hosting;

/// <summary>Lists every configuration key of the gateway, as the options classes mark them with <see cref="SettingAttribute"/>.</summary>
internal static class ConfigurationKeys
{
    /// <summary>The options classes and their sections; <c>#</c> stands for a number. The document lists the keys in this order.</summary>
    public static readonly IReadOnlyList<OptionsSection> Sections =
    [
        new("Gateway", typeof(AccessOptions)),
        new("Gateway:Entra", typeof(EntraOptions)),
        new("Gateway:Identity", typeof(IdentityOptions)),
        new("Gateway", typeof(BackplaneOptions)),
        new("Gateway:Streams", typeof(StreamOptions)),
        new("Gateway:Nodes", typeof(NodeWatchOptions)),
        new("Gateway:Nodes", typeof(NodeOptions)),
        new("Gateway", typeof(StorageOptions)),
        new("Gateway:Limits", typeof(LimitOptions)),
        new("Gateway:Clients", typeof(ClientLimitOptions)),
        new("Gateway:Clients", typeof(ClientOptions)),
        new("Gateway:Upstream", typeof(UpstreamLimitOptions)),
        new("Gateway:Upstream", typeof(UpstreamOptions)),
        new("UpstreamSettings:Templates:#", typeof(UpstreamTemplateOptions)),
        new("UpstreamSettings:Templates:#:Auth", typeof(UpstreamAuthOptions)),
        new("UpstreamSettings:Templates:#:Auth:ManagedIdentity", typeof(ManagedIdentityOptions)),
        new("UpstreamSettings:Templates:#:Retry", typeof(UpstreamRetryOptions)),
        new("Gateway:Metrics", typeof(MetricsOptions)),
        new("Gateway:Dashboard", typeof(DashboardOptions)),
        new("Gateway:Quotas", typeof(QuotaOptions)),
        new("Gateway:Quotas:Hubs:#", typeof(HubQuotaOptions)),
    ];

    public static IReadOnlyList<ConfigurationKey> All { get; } = [.. Sections.SelectMany(section => section.Keys)];
}

/// <summary>An options class and the section that it is bound to.</summary>
internal sealed class OptionsSection(
    string path, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type options)
{
    [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)]
    private readonly Type _options = options;

    public Type Options => _options;

    public IEnumerable<ConfigurationKey> Keys =>
        from property in _options.GetProperties()
        let setting = property.GetCustomAttribute<SettingAttribute>()
        where setting is not null
        select new ConfigurationKey(
            $"{path}:{property.Name}{(property.PropertyType == typeof(IList<string>) ? ":#" : "")}", property, setting);
}

/// <summary>A configuration key: its path, the property that it is bound to, and its entry in the document.</summary>
internal sealed record ConfigurationKey(string Path, PropertyInfo Property, SettingAttribute Setting)
{
    private Type ValueType => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>The values of a switch or an enumeration; empty for other types.</summary>
    public IReadOnlyList<string> Choices => ValueType.IsEnum ? Enum.GetNames(ValueType) : ValueType == typeof(bool) ? ["true", "false"] : [];

    /// <summary>The type of value to write, for a message.</summary>
    public string Form =>
        Choices.Count > 0 ? string.Join(" or ", Choices)
        : ValueType == typeof(TimeSpan) ? "a time such as 00:00:15 (hours:minutes:seconds)"
        : ValueType == typeof(int) || ValueType == typeof(long) ? "a whole number"
        : "text";

    /// <summary>Describes the surprising meaning of a value that is not accepted: .NET reads a bare number as days. Empty otherwise.</summary>
    public string Misreading(string value) => BareNumber(value) is { } number ? $", which means {number} {(number is 1 or -1 ? "day" : "days")}" : "";

    /// <summary>Returns <see cref="Form"/>, and for a bare number the time that was probably meant.</summary>
    public string FormFor(string value) => BareNumber(value) is >= 0 and <= MaxSeconds and var number
        ? $"{TimeSpan.FromSeconds(number):c} for {number} {(number == 1 ? "second" : "seconds")} (hours:minutes:seconds)"
        : Form;

    // The greatest bare number that is taken for seconds.
    private const long MaxSeconds = int.MaxValue;

    private long? BareNumber(string value) => ValueType == typeof(TimeSpan)
        && long.TryParse(value, NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
        && number != 0 ? number : null;

    /// <summary>True when a value has the key's type. Validators check ranges.</summary>
    public bool Takes(string value) =>
        Choices.Count > 0 ? Choices.Contains(value, StringComparer.OrdinalIgnoreCase)
        : ValueType == typeof(TimeSpan) ? BareNumber(value) is null && TimeSpan.TryParse(value, CultureInfo.InvariantCulture, out _)
        : ValueType == typeof(int) ? int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _)
        : ValueType != typeof(long) || long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _);
}
