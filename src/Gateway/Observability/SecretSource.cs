namespace Serverless.Gateway.Observability;

/// <summary>A room's secrets, which nothing that is shown may have in it. Each room that is configured with some registers one.</summary>
/// <param name="read">The secrets in force now; those that are null or short are passed over.</param>
internal sealed class SecretSource(Func<IEnumerable<string?>> read)
{
    public IEnumerable<string?> Read() => read();
}
