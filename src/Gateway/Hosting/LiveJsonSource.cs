using Microsoft.Extensions.Configuration.Json;

namespace Serverless.Gateway.Hosting;

/// <summary>
/// A JSON file whose wrong edits change nothing: what it said before stays in force until it is right again. At start a wrong file is an
/// error like any other.
/// </summary>
internal sealed class LiveJsonSource : JsonConfigurationSource
{
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new LiveJsonProvider(this);
    }
}

/// <summary>Reads the file of a <see cref="LiveJsonSource"/>, at start and again with each change.</summary>
internal sealed class LiveJsonProvider(LiveJsonSource source) : JsonConfigurationProvider(source)
{
    private bool _loaded;

    /// <summary>Configuration is there before logging is: null until <see cref="LiveSettings"/> judges what an edit says.</summary>
    public LiveSettings? Judge { get; set; }

    /// <summary>What the file says, key by key.</summary>
    public IDictionary<string, string?> Values => Data;

    public override void Load(Stream stream)
    {
        var before = Data;
        try
        {
            // Sets the data only once it has read the whole file.
            base.Load(stream);
        }
        catch (FormatException exception) when (_loaded)
        {
            Data = before;
            Judge?.Broken(this, exception.GetBaseException().Message);
            return;
        }

        var after = Data;
        Data = before;
        if (Judge is null || Judge.Accepts(this, after))
        {
            Data = after;
            _loaded = true;
        }
    }
}
