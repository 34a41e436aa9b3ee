using Microsoft.Extensions.Configuration.Json;

namespace Serverless.Gateway.Hosting;

/// <summary>
/// A JSON file whose invalid edits have no effect: its last valid content stays in force until the file is valid again. At start an invalid
/// file is an error like any other.
/// </summary>
internal sealed class LiveJsonSource : JsonConfigurationSource
{
    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new LiveJsonProvider(this);
    }
}

/// <summary>Reads the file of a <see cref="LiveJsonSource"/>, at start and after each change.</summary>
internal sealed class LiveJsonProvider(LiveJsonSource source) : JsonConfigurationProvider(source)
{
    private bool _loaded;

    /// <summary>Checks edits. Null until <see cref="LiveSettings"/> sets it, because configuration is read before logging exists.</summary>
    public LiveSettings? Judge { get; set; }

    /// <summary>The values of the file by key.</summary>
    public IDictionary<string, string?> Values => Data;

    public override void Load(Stream stream)
    {
        var before = Data;
        try
        {
            // Sets the data only after it has read the whole file.
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
