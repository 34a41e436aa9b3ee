using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Infrastructure.Tests.Bicep;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>Checks the templates for mistakes that the compiler does not detect. Each mistake is a line.</summary>
internal static partial class TemplateCheck
{
    // The types whose preview version is used; the Bicep file states the reason.
    private static readonly string[] Previews = ["Microsoft.Insights/diagnosticSettings"];

    public static List<string> Errors(ArmTemplate main, string scripts)
    {
        var all = main.Modules.Select(module => module.Template).Prepend(main).ToList();
        return
        [
            .. all.SelectMany(Descriptions),
            .. all.SelectMany(Versions),
            .. all.SelectMany(SecretOutputs),
            .. all.SelectMany(Probes),
            .. SecretArguments(main),
            .. UnreadOutputs(main, scripts),
        ];
    }

    private static IEnumerable<string> Descriptions(ArmTemplate template) => template.Parameters.Concat(template.Outputs)
        .Where(member => string.IsNullOrWhiteSpace(member.Declaration["metadata"]?["description"]?.GetValue<string>()))
        .Select(member => $"{template.Name}: {member.Name} has no description");

    private static IEnumerable<string> Versions(ArmTemplate template) => template.Resources
        .Where(resource => resource["apiVersion"]!.GetValue<string>().EndsWith("-preview", StringComparison.Ordinal))
        .Select(resource => resource["type"]!.GetValue<string>())
        .Where(type => !Previews.Contains(type))
        .Select(type => $"{template.Name}: {type} has a preview version");

    private static IEnumerable<string> SecretOutputs(ArmTemplate template)
    {
        var secrets = SecretNames(template);
        return template.Outputs
            .Where(output => IsSecret(output.Declaration["value"], secrets))
            .Select(output => $"{template.Name}: output {output.Name} gives a secret away");
    }

    private static IEnumerable<string> SecretArguments(ArmTemplate main)
    {
        var secrets = SecretNames(main);
        foreach (var (symbol, module, arguments) in main.Modules)
        {
            foreach (var (name, _) in module.Parameters.Where(parameter => !IsSecure(parameter.Declaration) && IsSecret(arguments[parameter.Name], secrets)))
            {
                yield return $"main: a secret goes into {name} of {symbol}, which is not @secure()";
            }
        }
    }

    // The outputs of main, and of the registry, which is also deployed on its own, are for the scripts.
    private static IEnumerable<string> UnreadOutputs(ArmTemplate main, string scripts)
    {
        var text = main.Root.ToJsonString(ArmTemplate.Json);
        foreach (var (name, _) in main.Outputs.Where(output => !scripts.Contains($"outputs.{output.Name}.value", StringComparison.Ordinal)))
        {
            yield return $"main: output {name} is not read";
        }

        foreach (var (symbol, module, _) in main.Modules)
        {
            foreach (var (name, _) in module.Outputs.Where(output => !text.Contains($"reference('{symbol}').outputs.{output.Name}.value", StringComparison.Ordinal)))
            {
                yield return $"{symbol}: output {name} is not read";
            }
        }
    }

    // The limits of Container Apps, which the compiler's types do not contain.
    private static IEnumerable<string> Probes(ArmTemplate template)
    {
        (string Name, int Least, int Most)[] limits =
        [
            ("failureThreshold", 1, 10), ("periodSeconds", 1, 240), ("timeoutSeconds", 1, 240), ("initialDelaySeconds", 0, 60), ("successThreshold", 1, 10),
        ];
        return
            from resource in template.Resources
            from container in resource["properties"]?["template"]?["containers"]?.AsArray() ?? []
            from probe in container!["probes"]?.AsArray() ?? []
            from limit in limits
            let value = probe![limit.Name]?.GetValue<int>()
            where value < limit.Least || value > limit.Most
            select $"{template.Name}: {limit.Name} of the {probe["type"]} probe is {value}, not {limit.Least} to {limit.Most}";
    }

    /// <summary>Returns the secure parameters, and the variables that contain secrets.</summary>
    private static HashSet<string> SecretNames(ArmTemplate template)
    {
        var secrets = template.Parameters.Where(parameter => IsSecure(parameter.Declaration)).Select(parameter => parameter.Name).ToHashSet();
        var variables = template.Root["variables"] as JsonObject ?? [];
        while (variables.FirstOrDefault(variable => !secrets.Contains(variable.Key) && IsSecret(variable.Value, secrets)) is { Key: { } name })
        {
            secrets.Add(name);
        }

        return secrets;
    }

    private static bool IsSecure(JsonObject parameter) => parameter["type"]!.GetValue<string>() is "securestring" or "secureObject";

    // The name of a secret, a function that lists keys, or a property that holds a key.
    private static bool IsSecret(JsonNode? expression, HashSet<string> secrets) =>
        ArmTemplate.NamesRead(expression, "parameters").Concat(ArmTemplate.NamesRead(expression, "variables")).Any(secrets.Contains)
        || SecretMember().IsMatch(expression?.ToJsonString(ArmTemplate.Json) ?? "");

    [GeneratedRegex(@"\blist(Keys|Secrets|\w*Sas|ConnectionStrings|Credentials)\(|\.(ConnectionString|InstrumentationKey)\b|'Microsoft\.KeyVault/vaults/secrets'[^\]]*\)\.value\b", RegexOptions.IgnoreCase)]
    private static partial Regex SecretMember();
}
