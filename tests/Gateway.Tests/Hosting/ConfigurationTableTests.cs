using System.Reflection;
using Serverless.Gateway.Hosting;
using Serverless.Gateway.Observability;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Hosting;

/// <summary>The table of keys in <c>docs/configuration.md</c> matches the options classes. <c>docs/generate.sh</c> writes it.</summary>
public class ConfigurationTableTests
{
    private static readonly string File = Path.Combine(BuiltProgram.RepositoryRoot, "docs", "configuration.md");

    [Fact]
    public void The_table_is_what_the_options_classes_say()
    {
        var document = System.IO.File.ReadAllText(File);
        var written = ConfigurationTable.Put(document);
        if (Environment.GetEnvironmentVariable("WRITE_DOCUMENTS") == "true")
        {
            System.IO.File.WriteAllText(File, written);
            return;
        }

        var missing = written.Split('\n').Except(document.Split('\n')).FirstOrDefault();
        Assert.True(written == document, $"docs/configuration.md is out of date; run: bash docs/generate.sh\n{missing}");
    }

    [Fact]
    public void Every_key_says_what_it_means_and_what_may_be_written()
    {
        Assert.True(ConfigurationKeys.All.Count >= 40, "The options classes have not been read.");
        Assert.All(ConfigurationKeys.All, key => Assert.True(ConfigurationTable.Meaning(key).Length > 0, $"{key.Path}: the property has no <value> text."));
        Assert.All(ConfigurationKeys.All, key => Assert.True(
            key.Form is "text" || key.Choices.Count > 0 || key.Setting.Allowed is not null, $"{key.Path}: say what is [Setting(Allowed = \"…\")]."));
        Assert.Equal(ConfigurationKeys.All.Count, ConfigurationKeys.All.Select(key => key.Path).Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void Every_option_that_configuration_can_set_is_a_key()
    {
        var sections = ConfigurationKeys.Sections.Select(section => section.Options).ToHashSet();
        var classes = typeof(ConfigurationKeys).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("Serverless.Gateway", StringComparison.Ordinal) == true)
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal))
            .ToList();
        var unmarked = classes.Union(sections)
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(property => property.SetMethod is not null || property.PropertyType == typeof(IList<string>))
            .Where(property => !sections.Contains(property.PropertyType))
            .Where(property => property.GetCustomAttribute<SettingAttribute>() is null || !sections.Contains(property.DeclaringType!))
            .Select(property => $"{property.DeclaringType!.Name}.{property.Name}");
        Assert.Equal("", string.Join('\n', unmarked));
    }
}
