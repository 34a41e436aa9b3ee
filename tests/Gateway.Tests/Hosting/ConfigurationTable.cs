using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Serverless.Gateway.Hosting;

namespace Serverless.Gateway.Tests.Hosting;

/// <summary>Writes the table of keys in <c>docs/configuration.md</c> from the options classes and their documentation comments.</summary>
internal static partial class ConfigurationTable
{
    private static readonly Dictionary<string, XElement> Comments = XDocument
        .Load(Path.ChangeExtension(typeof(ConfigurationKeys).Assembly.Location, ".xml"))
        .Descendants("member")
        .ToDictionary(member => member.Attribute("name")!.Value);

    /// <summary>Returns the document with a new table between its two marks.</summary>
    public static string Put(string document)
    {
        var marks = Marks().Match(document);
        Assert.True(marks.Success, "docs/configuration.md has lost its marks, <!-- keys:begin --> and <!-- keys:end -->.");
        return document[..marks.Groups[1].Index] + Write() + document[(marks.Groups[1].Index + marks.Groups[1].Length)..];
    }

    public static string Write() => string.Concat(
    [
        "| key | meaning | default | allowed |\n",
        "|---|---|---|---|\n",
        .. ConfigurationKeys.Sections.SelectMany(section => section.Keys.Select(key => Row(key, Activator.CreateInstance(section.Options)!))),
    ]);

    /// <summary>Returns the property's <c>value</c> as Markdown; empty without one.</summary>
    public static string Meaning(ConfigurationKey key) =>
        Comments.GetValueOrDefault($"P:{key.Property.DeclaringType!.FullName}.{key.Property.Name}")?.Element("value") is { } value
            ? Spaces().Replace(string.Concat(value.Nodes().Select(Markdown)), " ").Trim()
            : "";

    private static string Row(ConfigurationKey key, object defaults) =>
        $"| `{key.Path.Replace("#", "0", StringComparison.Ordinal)}` | {Meaning(key)} | {Default(key, defaults)} | {Allowed(key)} |\n";

    private static string Default(ConfigurationKey key, object defaults) =>
        key.Setting.Default ?? key.Property.GetValue(defaults) switch
        {
            TimeSpan time => $"`{time:c}`",
            bool flag => flag ? "`true`" : "`false`",
            null or "" => "none",
            var value => $"`{Convert.ToString(value, CultureInfo.InvariantCulture)}`",
        };

    private static string Allowed(ConfigurationKey key) =>
        key.Setting.Allowed ?? string.Join(" or ", key.Choices.Select(choice => $"`{choice}`"));

    private static string Markdown(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement { Name.LocalName: "see" } see when see.Attribute("href") is { } address => $"[{see.Value}]({address.Value})",
        XElement { Name.LocalName: "see" } see => $"`{see.Attribute("cref")!.Value.Split('.')[^1]}`",
        _ => throw new NotSupportedException($"{node}: the table of keys supports only <c> and <see>."),
    };

    [GeneratedRegex(@"<!-- keys:begin -->\n(.*)<!-- keys:end -->", RegexOptions.Singleline)]
    private static partial Regex Marks();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
