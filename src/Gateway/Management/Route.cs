namespace Serverless.Gateway.Management;

/// <summary>The method and path of one operation: literals, and names in braces that fill a <see cref="RestCall"/>.</summary>
internal sealed class Route
{
    private readonly string[] _pattern;

    public Route(string method, string pattern, Func<Operations, RestCall, ValueTask<RestResult>> run, VersionSet versions = VersionSet.All)
    {
        Method = method;
        Pattern = "/api/" + pattern;
        Run = run;
        Versions = versions;
        _pattern = pattern.Split('/');
    }

    public string Method { get; }

    /// <summary>The path with the names of its parts instead of a call's names.</summary>
    public string Pattern { get; }

    public Func<Operations, RestCall, ValueTask<RestResult>> Run { get; }

    public VersionSet Versions { get; }

    /// <summary>Returns whether the path matches this route.</summary>
    public bool Matches(in RestRequest request)
    {
        if (request.Segments.Length != _pattern.Length || !Versions.HasFlag(request.Version))
        {
            return false;
        }

        for (var i = 0; i < _pattern.Length; i++)
        {
            var isName = _pattern[i][0] == '{';
            if (isName ? request.Segments[i].Length == 0 : request.Segments[i] != _pattern[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Copies the path's names into a call.</summary>
    public void Fill(RestCall call, in RestRequest request)
    {
        for (var i = 0; i < _pattern.Length; i++)
        {
            switch (_pattern[i])
            {
                case "{hub}":
                    call.HubText = request.Segments[i];
                    break;
                case "{connection}":
                    call.ConnectionId = request.Segments[i];
                    break;
                case "{group}":
                    call.Group = request.Segments[i];
                    break;
                case "{stream}":
                    call.StreamId = request.Segments[i];
                    break;
                case "{users}" or "{groups}":
                    call.Names = request.NamesAt(i);
                    break;
                case "{user}":
                    call.User = request.Segments[i];
                    break;
                default:
                    break;
            }
        }
    }
}

/// <summary>The forms of the API in which an operation exists.</summary>
[Flags]
internal enum VersionSet
{
    /// <summary><c>/api/v1/…</c>.</summary>
    Version1 = 1,

    /// <summary><c>/api/…?api-version=2022-06-01</c> and later.</summary>
    Dated = 2,

    /// <summary><c>/api/v1-preview/…</c>, obsolete.</summary>
    Preview = 4,

    /// <summary>Both forms that are in use.</summary>
    All = Version1 | Dated,
}
