using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Rooms;

/// <summary>What is authorised is what is executed because only one type reads the path. Read from the sources.</summary>
public class OnePathTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        [".RawTarget"] = ["RequestTargetMiddleware.cs"],
        ["Request.Path"] = ["RequestTargetMiddleware.cs"],
        ["request.Path"] = [],
        ["RouteValues"] = [],
        ["GetRouteValue"] = [],
        ["GetDisplayUrl"] = [],
        ["GetEncodedUrl"] = [],
        ["GetEncodedPathAndQuery"] = [],

        // Of a query, and of a name that is listed.
        ["UnescapeDataString"] = ["Audiences.cs", "ShownName.cs"],
        ["UrlDecode"] = [],
    };

    [Fact]
    public void Nothing_but_the_first_middleware_reads_a_requests_path()
    {
        var root = Path.Combine(BuiltProgram.RepositoryRoot, "src", "Gateway");
        var files = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(root, file).StartsWith("obj", StringComparison.Ordinal)
                && !Path.GetRelativePath(root, file).StartsWith("bin", StringComparison.Ordinal))
            .Select(file => (Name: Path.GetFileName(file), Code: Code(file)))
            .ToArray();
        Assert.True(files.Length > 200, "The sources were not read.");
        var wrong = from file in files
                    from rule in Allowed
                    where file.Code.Contains(rule.Key, StringComparison.Ordinal) && !rule.Value.Contains(file.Name)
                    select $"{file.Name} uses {rule.Key}; use RequestTarget.Of(context)";
        Assert.Empty(wrong);
    }

    // What stands before the path is no part of it.
    private static string Code(string file) => string.Join('\n', File.ReadLines(file)
        .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
        .Select(line => line.Replace("equest.PathBase", "", StringComparison.Ordinal)));
}
