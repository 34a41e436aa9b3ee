using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;

namespace Serverless.Gateway.Tests.Backplane;

/// <summary>Provides access keys that a test replaces.</summary>
internal sealed class ChangingKeys : IOptionsMonitor<AccessOptions>
{
    private Action<AccessOptions, string?>? _changed;

    public ChangingKeys(params string[] keys)
    {
        CurrentValue = OptionsOf(keys);
        Keys = new AccessKeys(Options.Create(CurrentValue), this);
    }

    public AccessKeys Keys { get; }

    public AccessOptions CurrentValue { get; private set; }

    public AccessOptions Get(string? name) => CurrentValue;

    public void Replace(params string[] keys) => _changed?.Invoke(CurrentValue = OptionsOf(keys), null);

    public IDisposable? OnChange(Action<AccessOptions, string?> listener)
    {
        _changed += listener;
        return null;
    }

    private static AccessOptions OptionsOf(string[] keys)
    {
        var options = new AccessOptions();
        foreach (var key in keys)
        {
            options.AccessKeys.Add(key);
        }

        return options;
    }
}
