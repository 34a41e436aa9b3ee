namespace Serverless.Gateway.Observability;

/// <summary>The secrets of one folder, which must not appear in any shown text. Each folder that is configured with secrets registers one.</summary>
/// <param name="read">Returns the secrets in force now; null and short ones are ignored.</param>
internal sealed class SecretSource(Func<IEnumerable<string?>> read)
{
    public IEnumerable<string?> Read() => read();
}
