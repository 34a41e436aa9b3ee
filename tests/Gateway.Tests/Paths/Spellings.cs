namespace Serverless.Gateway.Tests.Paths;

/// <summary>Spellings of a path that a component between the proxy and the handler may read as that path, or as another.</summary>
internal static class Spellings
{
    /// <param name="path">A plain path.</param>
    /// <param name="allowed">The path that the caller may call, from which a spelling may traverse to the other.</param>
    public static IEnumerable<(string Name, string Path)> Of(string path, string allowed)
    {
        var segments = path[1..].Split('/');
        var (first, last, tail) = (segments[0], segments[^1], path[(segments[0].Length + 1)..]);
        var front = path[..^(last.Length + 1)];

        yield return ("plain", path);
        yield return ("slash behind", path + "/");
        yield return ("two slashes behind", path + "//");
        yield return ("two slashes before", "/" + path);
        yield return ("empty segment inside", $"/{first}/{tail}");
        foreach (var dot in (string[])[".", "%2e"])
        {
            yield return ("dot before", $"/{dot}{path}");
            yield return ("dot inside", $"/{first}/{dot}{tail}");
            yield return ("dot behind", $"{path}/{dot}");
        }

        foreach (var dots in (string[])["..", "%2E%2e", ".%2e"])
        {
            yield return ("two dots inside", $"/{first}/x/{dots}{tail}");
            yield return ("two dots behind", $"{path}/{dots}");
            yield return ("two dots and back", $"{path}/{dots}/{last}");
            yield return ("climb by encoded slashes", allowed + "/" + string.Concat(Enumerable.Repeat(dots + "%2f", allowed.Count('/'))) + path[1..]);
        }

        foreach (var dots in (string[])["..", "%2e%2e", "%2e.", "%252e%252e", "..;", "..%20", "%EF%BC%8E%EF%BC%8E", "%c0%ae%c0%ae"])
        {
            yield return ("two dots before", $"/x/{dots}{path}");
            yield return ("climb from what is allowed", allowed + string.Concat(Enumerable.Repeat("/" + dots, allowed.Count('/'))) + path);
        }

        foreach (var slash in (string[])["\\", "%5c", "%2f", "%252F", "%c0%af"])
        {
            yield return ("another slash inside", $"/{first}{slash}{tail.TrimStart('/')}");
            yield return ("another slash last", $"{front}/x{slash}{last}");
            yield return ("climb by another slash", $"{allowed}{slash}..{slash}..{slash}..{slash}..{path}");
        }

        yield return ("encoded slash last", segments.Length > 1 ? $"{front}%2F{last}" : path);
        yield return ("first letter encoded", $"/%{(int)first[0]:x2}{path[2..]}");
        yield return ("all encoded", string.Concat(segments.Select(segment => "/" + Encoded(segment))));
        yield return ("encoded twice", $"/%25{(int)first[0]:x2}{path[2..]}");
        yield return ("upper case first", $"/{first.ToUpperInvariant()}{tail}");
        yield return ("upper case last", $"{front}/{last.ToUpperInvariant()}");
        yield return ("long s", $"/{first}{tail.Replace("s", "%C5%BF", StringComparison.Ordinal)}");
        yield return ("parameter first", $"/{first};x=1{tail}");
        yield return ("parameter last", $"{path};x=1");
        yield return ("space behind", $"{path}%20");
        yield return ("tab behind", $"{path}%09");
        yield return ("NUL behind", $"{path}%00");
        yield return ("line feed behind", $"{path}%0a");
        yield return ("bad escape behind", $"{path}%");
        yield return ("another slash before", $"/%5c{path[1..]}");
        yield return ("bad escape before", $"/%zz{path}");
        yield return ("unicode escape", $"/%u002e%u002e{path}");
        yield return ("fragment before", $"/#{path}");
        yield return ("fragment behind", $"{path}#/x");
        yield return ("fragment after what is allowed", $"{allowed}#/../..{path}");
        yield return ("question mark encoded", $"{allowed}%3f{path}");
        yield return ("absolute", $"http://localhost{path}");
        yield return ("absolute with dots", $"http://localhost/x/..{path}");
        yield return ("absolute with encoded dots", $"http://localhost/x/%2e%2e{path}");
        yield return ("absolute with a backslash", $"http://localhost\\{path[1..]}");
        yield return ("absolute with encoded slashes", $"http://localhost/{path[1..].Replace("/", "%2f", StringComparison.Ordinal)}");
        yield return ("absolute climb", $"http://localhost{allowed}/%2e%2e/%2e%2e/%2e%2e/%2e%2e{path}");
        yield return ("allowed before", allowed + path);
        yield return ("allowed behind", path + allowed);
    }

    private static string Encoded(string segment) =>
        string.Concat(Uri.UnescapeDataString(segment).Select(letter => letter < 128 ? $"%{(int)letter:X2}" : Uri.EscapeDataString(letter.ToString())));
}
