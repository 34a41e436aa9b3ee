using System.Buffers.Text;
using System.Security.Cryptography;

namespace Serverless.Gateway.Addressing;

/// <summary>A gateway process's own id, new at every start: 6 random bytes, 8 URL-safe characters.</summary>
internal readonly record struct NodeId
{
    /// <summary>Length of the id as bytes.</summary>
    public const int ByteCount = 6;

    private NodeId(string value) => Value = value;

    /// <summary>The id's 8 characters.</summary>
    public string Value { get; }

    /// <summary>Makes a new random id.</summary>
    public static NodeId Create() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(ByteCount)));

    /// <summary>Writes the id's bytes.</summary>
    public void CopyTo(Span<byte> destination) => Base64Url.DecodeFromChars(Value, destination);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
