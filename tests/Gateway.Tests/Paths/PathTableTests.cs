using Serverless.Gateway.Access;
using Serverless.Gateway.Management;
using Serverless.Protocol;

namespace Serverless.Gateway.Tests.Paths;

/// <summary>Every route, with a token for every kind of resource, in every spelling: the executed operation is one that the token allows.</summary>
public sealed class PathTableTests(RecordingGateway gateway) : IClassFixture<RecordingGateway>
{
    private const string Host = "http://localhost";
    private const string OldQuery = "?api-version=2022-06-01";

    // Valid for a hundred years, so that the tokens can be created once.
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(36500);

    private static readonly Dictionary<string, string> Names = new()
    {
        ["hub"] = "chat",
        ["connection"] = "c1",
        ["group"] = "g%2F1",
        ["user"] = "..u",
        ["stream"] = "s1",
        ["users"] = "u1,u%2C2",
        ["groups"] = "g1,g2",
        ["id"] = "1",
    };

    private readonly Dictionary<string, string> _tokens = [];

    [Fact]
    public async Task A_token_reaches_what_it_names_and_nothing_else_by_any_spelling()
    {
        var cases = new List<PathCase>();
        foreach (var (method, path, wanted) in All())
        {
            foreach (var token in TokensFor(path))
            {
                var allowed = token.Audience.Length > Host.Length + 1 ? token.Audience[Host.Length..].Split('?')[0].TrimEnd('/') : path;
                foreach (var (name, spelling) in Spellings.Of(path, allowed))
                {
                    cases.Add(new PathCase(method, spelling + QueryOf(path), name, token, wanted));
                }

                // A hub with an application is another hub.
                cases.Add(new PathCase(method, path + "?application=other", "application", token, wanted));
            }
        }

        // Many cases of a spelling are the same request.
        cases = [.. cases.DistinctBy(one => (one.Method, one.Target, one.Token))];
        var executed = await gateway.ExecutedAsync(cases);

        var wrong = new List<string>();
        var used = new HashSet<string>();
        for (var i = 0; i < cases.Count; i++)
        {
            var (one, what) = (cases[i], executed[i]);
            if (what is "" != one.EndsConnection)
            {
                wrong.Add($"{one} was {(what is "" ? "not " : "")}handled");
            }
            else if (what is { Length: > 0 })
            {
                used.Add($"{one.Method} {what}");
                if (!IsPublic(what) && !one.Token.Allows(what))
                {
                    wrong.Add($"{one} executed {what}");
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {cases.Count}:\n{string.Join('\n', wrong.Take(40))}");

        // The table is meaningful only if every route was executed with its own token and plain spelling.
        Assert.Empty(All().Where(route => route.Wanted.Length > 0).Select(route => $"{route.Method} {route.Wanted}").Except(used));
        Assert.True(cases.Count > 20_000);
    }

    [Fact]
    public async Task Legitimate_names_are_executed_as_they_are()
    {
        string[] names = ["a/b", "...", "..a", "a..", "ü", "日本", "a b", "a+b", "a%2Fb", "%2e%2e", "a\nb", "a%0Ab", "a\\b", "a;b", "a#b", "a?b", "a:b", "&=@", "🙂"];
        var cases = names.SelectMany(name => (string[])[$"/api/hubs/chat/users/{Uri.EscapeDataString(name)}/groups/g", $"/api/v1/hubs/chat/groups/{Uri.EscapeDataString(name)}/users/u"])
            .Select(path => new PathCase("PUT", path, "", new PathToken("", Token(Host + path), _ => true), path))
            .ToArray();
        var executed = await gateway.ExecutedAsync(cases);
        Assert.Equal(cases.Select(one => Both(one.Wanted)), executed.Select(what => Both(what!)));

        // Either order of group and user is one operation.
        static string Both(string path) => string.Join('/', path.Split('/').Order(StringComparer.Ordinal));
    }

    // Each REST operation in each form of the API, and every other mapped endpoint.
    private IEnumerable<(string Method, string Path, string Wanted)> All()
    {
        foreach (var route in Routes.All)
        {
            foreach (var (version, prefix) in ((VersionSet, string)[])[(VersionSet.Dated, "/api/"), (VersionSet.Version1, "/api/v1/"), (VersionSet.Preview, "/api/v1-preview/")])
            {
                if (route.Versions.HasFlag(version))
                {
                    var path = Filled(route.Pattern.Replace("/api/", prefix, StringComparison.Ordinal));
                    yield return (route.Method, path, path);
                }
            }
        }

        foreach (var (method, pattern) in gateway.Endpoints)
        {
            // The root has no segment to respell; FrontPageTests covers its spellings.
            if (pattern.StartsWith('/') && pattern != "/" && !pattern.Contains("**", StringComparison.Ordinal))
            {
                var path = Filled(pattern);
                yield return (method, path, WantedOf(path));
            }
        }
    }

    // Temporary keys need an identity, which is not configured here, metrics another token, and the live hub an upgrade.
    private static string WantedOf(string path) =>
        path.EndsWith("/accessKey", StringComparison.Ordinal) || path is "/metrics" or "/admin/live" ? ""
        : path.StartsWith("/client", StringComparison.Ordinal) ? $"{path} for chat"
        : path;

    private static string Filled(string pattern) => Names.Aggregate(
        pattern, (path, name) => path.Replace($"{{{name.Key}}}", name.Value, StringComparison.Ordinal));

    private static string QueryOf(string path) =>
        path.StartsWith("/client", StringComparison.Ordinal) ? "?hub=chat&id=unknown"
        : path.StartsWith("/admin", StringComparison.Ordinal) ? "?hub=chat&category=messages&event=m"
        : "";

    private static bool IsPublic(string executed) =>
        executed is "/" or "/api/health" or "/api/v1/health" or "/health/live" or "/health/ready" || executed.StartsWith("/dashboard/", StringComparison.Ordinal);

    // The admin API has no applications.
    private static bool IsAdmin(string executed) => executed.StartsWith("/admin/", StringComparison.Ordinal);

    private IEnumerable<PathToken> TokensFor(string path)
    {
        var other = path.Replace("/chat", "/other", StringComparison.Ordinal);
        yield return new PathToken("", "", _ => false);
        yield return Signed(path, what => Same(what, path));
        yield return Signed(path + OldQuery, what => what == path);
        yield return Signed(path + "?application=other&api-version=2022-06-01", what => what == path + " of other_chat" || (what == path && IsAdmin(what)));
        if (other != path)
        {
            yield return Signed(other, what => Same(what, other));
        }

        yield return Signed("/api/hubs/chat/:send", what => Same(what, "/api/hubs/chat/:send"));
        yield return Signed("/api/v1/hubs/chat", what => Same(what, "/api/v1/hubs/chat") || what.StartsWith("/api/v1/hubs/chat/", StringComparison.Ordinal));
        yield return Signed("/api/v1/hubs/other", what => Same(what, "/api/v1/hubs/other") || what.StartsWith("/api/v1/hubs/other/", StringComparison.Ordinal));
        yield return Signed("/admin", IsAdmin);
        yield return Signed("/admin/hubs/other/users", what => what == "/admin/hubs/other/users");
        yield return Signed("/client/?hub=chat", what => what.StartsWith("/client", StringComparison.Ordinal) && what.EndsWith(" for chat", StringComparison.Ordinal));
        yield return Signed("/client/?hub=other", what => what.StartsWith("/client", StringComparison.Ordinal) && what.EndsWith(" for other", StringComparison.Ordinal));
        yield return Signed("/", _ => false);
    }

    // An audience without a query allows any application; see Audiences.
    private static bool Same(string executed, string path) => executed == path || executed == path + " of other_chat" || executed == path + " of other_other";

    private PathToken Signed(string audience, Func<string, bool> allows) => new(Host + audience, Token(Host + audience), allows);

    private string Token(string audience) => _tokens.TryGetValue(audience, out var token)
        ? token
        : _tokens[audience] = AccessTokens.Create(AccessOptions.EmulatorKey, audience, DateTimeOffset.UtcNow, Lifetime);
}
