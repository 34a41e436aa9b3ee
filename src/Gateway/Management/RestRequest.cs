using Serverless.Gateway.Addressing;

namespace Serverless.Gateway.Management;

/// <summary>A request's path as the REST API reads it: the form of the API, and the segments after <c>/api</c> or <c>/api/v1</c>.</summary>
internal readonly struct RestRequest
{
    private readonly int _skipped;

    private RestRequest(RequestTarget target, int skipped, VersionSet version)
    {
        Target = target;
        _skipped = skipped;
        Version = version;
    }

    /// <summary>The whole path.</summary>
    public RequestTarget Target { get; }

    /// <summary>The decoded segments after <c>/api</c> or <c>/api/v1</c>.</summary>
    public ReadOnlySpan<string> Segments => Target.Segments[_skipped..];

    /// <summary>The form of the API that the path has.</summary>
    public VersionSet Version { get; }

    /// <summary>True when the path has the form <c>/api/v1/…</c>, or that of its preview.</summary>
    public bool IsVersion1 => Version != VersionSet.Dated;

    /// <summary>Returns the same names in another form of the API.</summary>
    public RestRequest In(VersionSet version) => new(Target, _skipped, version);

    /// <summary>Returns the list in one segment; see <see cref="RequestTarget.ListAt"/>.</summary>
    public string[] NamesAt(int segment) => Target.ListAt(_skipped + segment);

    /// <summary>Reads a target whose first segment is <c>api</c>.</summary>
    public static RestRequest From(RequestTarget target)
    {
        var version = target.Segments is not [_, var second, ..] ? VersionSet.Dated : second switch
        {
            "v1" => VersionSet.Version1,
            "v1-preview" => VersionSet.Preview,
            _ => VersionSet.Dated,
        };
        return new RestRequest(target, version == VersionSet.Dated ? 1 : 2, version);
    }
}
