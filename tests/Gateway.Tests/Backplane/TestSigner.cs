using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Backplane.Signing;

namespace Serverless.Gateway.Tests.Backplane;

/// <summary>Creates signers like those of the nodes of one deployment.</summary>
internal static class TestSigner
{
    public const string Key = "the-key-of-the-tests-0123456789-0123456789";

    public static readonly TimeSpan MaxWay = TimeSpan.FromSeconds(15);

    public static BackplaneSigner Create(TimeProvider? time = null, bool acceptsUnsigned = false, params string[] keys) =>
        Of(Keys(keys), time, acceptsUnsigned);

    public static BackplaneSigner Of(AccessKeys keys, TimeProvider? time = null, bool acceptsUnsigned = false) =>
        new(keys, time ?? TimeProvider.System, MaxWay, () => acceptsUnsigned);

    public static AccessKeys Keys(params string[] keys)
    {
        var options = new AccessOptions();
        foreach (var key in keys.Length == 0 ? [Key] : keys)
        {
            options.AccessKeys.Add(key);
        }

        return new AccessKeys(Options.Create(options));
    }
}
