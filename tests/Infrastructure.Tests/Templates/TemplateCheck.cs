using System.Text.RegularExpressions;
using Serverless.Infrastructure.Tests.Syntax;

namespace Serverless.Infrastructure.Tests.Templates;

/// <summary>What a grammar cannot see in Bicep files, and a compiler is not there to see: one line for each mistake.</summary>
internal static partial class TemplateCheck
{
    public static List<string> Errors(TemplateSet set)
    {
        var errors = new List<string>();
        foreach (var template in set.Templates.Values)
        {
            errors.AddRange(Syntax(template));
            errors.AddRange(Names(template));
            errors.AddRange(Versions(template));
            errors.AddRange(Modules(set, template));
            errors.AddRange(Secrets(template));
            errors.AddRange(ParametersFile(set, template));
        }

        errors.AddRange(UnreadOutputs(set));
        errors.AddRange(MixedVersions(set));
        return errors;
    }

    private static IEnumerable<string> Syntax(Template template) => template.Tree.All
        .Where(node => node.IsError)
        .Select(node => $"{At(template, node)}: syntax error at '{node.Text.Split('\n')[0]}'");

    private static IEnumerable<string> Names(Template template)
    {
        string[] declared =
        [
            .. template.Parameters.Select(parameter => parameter.Name), .. template.Variables.Keys, .. template.Resources.Keys,
            .. template.Modules.Select(module => module.Symbol), .. template.LoopNames,
        ];
        foreach (var reference in template.References.Where(reference => !declared.Contains(reference.Text)))
        {
            yield return $"{At(template, reference)}: {reference.Text} is not declared";
        }

        var used = template.References.Select(reference => reference.Text).ToHashSet();
        foreach (var parameter in template.Parameters.Where(parameter => !used.Contains(parameter.Name)))
        {
            yield return $"{At(template, parameter.Declaration)}: parameter {parameter.Name} is not used";
        }

        foreach (var (name, declaration) in template.Variables.Where(variable => !template.IsParameters && !used.Contains(variable.Key)))
        {
            yield return $"{At(template, declaration)}: variable {name} is not used";
        }
    }

    private static IEnumerable<string> Versions(Template template) => template.Tree.Of("resource_declaration")
        .Where(resource => !PinnedType().IsMatch(resource.Children[1].Unquoted))
        .Select(resource => $"{At(template, resource)}: resource {resource.Children[0].Text} has no pinned API version");

    private static IEnumerable<string> MixedVersions(TemplateSet set) => set.Templates.Values
        .SelectMany(template => template.Resources.Values)
        .Select(resource => resource.Children[1].Unquoted.Split('@'))
        .Where(type => type.Length == 2)
        .GroupBy(type => type[0], type => type[1])
        .Where(type => type.Distinct().Count() > 1)
        .Select(type => $"{type.Key} has several API versions: {string.Join(", ", type.Distinct())}");

    private static IEnumerable<string> Modules(TemplateSet set, Template template)
    {
        foreach (var module in template.Modules)
        {
            if (!set.Templates.TryGetValue(module.File, out var target))
            {
                yield return $"{At(template, module.Declaration)}: module {module.Symbol} names {module.File}, which is not there";
                continue;
            }

            foreach (var name in module.Arguments.Keys.Where(name => target.Parameters.All(parameter => parameter.Name != name)))
            {
                yield return $"{At(template, module.Declaration)}: module {module.Symbol} has no parameter {name}";
            }

            foreach (var parameter in target.Parameters.Where(parameter => parameter.IsRequired && !module.Arguments.ContainsKey(parameter.Name)))
            {
                yield return $"{At(template, module.Declaration)}: module {module.Symbol} is not given {parameter.Name}";
            }

            var secrets = SecretNames(template);
            foreach (var parameter in target.Parameters.Where(parameter => !parameter.IsSecure
                && module.Arguments.TryGetValue(parameter.Name, out var argument) && IsSecret(argument, secrets)))
            {
                yield return $"{At(template, module.Declaration)}: a secret goes into {parameter.Name} of {module.Symbol}, which is not @secure()";
            }
        }

        foreach (var (symbol, output) in template.OutputsRead.Distinct())
        {
            var module = template.Modules.FirstOrDefault(module => module.Symbol == symbol);
            if (module is not null && set.Templates.TryGetValue(module.File, out var target) && !target.Outputs.ContainsKey(output))
            {
                yield return $"{template.Path}: module {symbol} has no output {output}";
            }
        }
    }

    private static IEnumerable<string> UnreadOutputs(TemplateSet set)
    {
        var read = set.Templates.Values
            .SelectMany(template => template.Modules.SelectMany(module => template.OutputsRead
                .Where(output => output.Module == module.Symbol)
                .Select(output => (module.File, output.Output))))
            .ToHashSet();
        foreach (var template in set.Templates.Values)
        {
            // What is deployed by itself gives its outputs to the script.
            var toScript = set.Script.Contains($"infra/{template.Path}", StringComparison.Ordinal)
                || set.Templates.Values.Any(file => file.Using == template.Path);
            foreach (var (name, declaration) in template.Outputs)
            {
                var isRead = read.Contains((template.Path, name))
                    || (toScript && Regex.IsMatch(set.Script, $@"\boutputs\.{name}\.value\b"));
                if (!isRead)
                {
                    yield return $"{At(template, declaration)}: output {name} is read by nobody";
                }
            }
        }
    }

    private static IEnumerable<string> Secrets(Template template)
    {
        var secrets = SecretNames(template);
        foreach (var (name, declaration) in template.Outputs.Where(output => IsSecret(output.Value, secrets)))
        {
            yield return $"{At(template, declaration)}: output {name} gives a secret away";
        }

        foreach (var parameter in template.Parameters.Where(parameter => parameter.IsSecure))
        {
            if (parameter.Declaration.Children is [.., { Type: "string" } value] && value.Text != "''")
            {
                yield return $"{At(template, parameter.Declaration)}: secret {parameter.Name} is written into the file";
            }
        }
    }

    private static IEnumerable<string> ParametersFile(TemplateSet set, Template file)
    {
        if (!file.IsParameters)
        {
            yield break;
        }

        if (file.Using is null || !set.Templates.TryGetValue(file.Using, out var target))
        {
            yield return $"{file.Path}: the template {file.Using} is not there";
            yield break;
        }

        foreach (var (name, assignment) in file.Variables.Where(variable => target.Parameters.All(parameter => parameter.Name != variable.Key)))
        {
            yield return $"{At(file, assignment)}: {target.Path} has no parameter {name}";
        }

        foreach (var parameter in target.Parameters)
        {
            var isGiven = file.Variables.TryGetValue(parameter.Name, out var assignment);
            if (parameter.IsRequired && !isGiven)
            {
                yield return $"{file.Path}: {parameter.Name} is not given";
            }
            else if (parameter.IsSecure && isGiven && assignment!.Children[1].Type == "string")
            {
                yield return $"{At(file, assignment)}: secret {parameter.Name} is written into the file";
            }
        }
    }

    /// <summary>Secure parameters, and variables made of secrets.</summary>
    private static HashSet<string> SecretNames(Template template)
    {
        var secrets = template.Parameters.Where(parameter => parameter.IsSecure).Select(parameter => parameter.Name).ToHashSet();
        while (template.Variables.FirstOrDefault(variable => !secrets.Contains(variable.Key) && IsSecret(variable.Value, secrets)) is { Key: { } name })
        {
            secrets.Add(name);
        }

        return secrets;
    }

    // A secret's name, list keys functions, and properties that hold keys. Whether a parameter is empty tells nothing.
    private static bool IsSecret(SyntaxNode expression, HashSet<string> secrets) =>
        Template.ReferencesIn(expression).Any(reference => secrets.Contains(reference.Text))
        || SecretMember().IsMatch(expression.Text);

    private static string At(Template template, SyntaxNode node) => $"{template.Path}:{node.Line}";

    [GeneratedRegex(@"^[A-Za-z]+\.[A-Za-z]+(/[A-Za-z]+)+@\d{4}-\d\d-\d\d(-preview)?$")]
    private static partial Regex PinnedType();

    [GeneratedRegex(@"\blist(Keys|Secrets|\w*Sas|ConnectionStrings|Credentials)?\(|\bgetSecret\(|\.(ConnectionString|InstrumentationKey|properties\.value)\b|(primary|secondary)(Shared)?Key\b", RegexOptions.IgnoreCase)]
    private static partial Regex SecretMember();
}
