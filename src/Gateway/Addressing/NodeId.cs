using System.Buffers.Text;
using System.Security.Cryptography;

namespace Serverless.Gateway.Addressing;

/// <summary>Represents the id of a gateway process, new at every start: 6 random bytes, 8 URL-safe characters.</summary>
internal readonly record struct NodeId
{
    /// <summary>The length of an id in bytes.</summary>
    public const int ByteCount = 6;

    private NodeId(string value) => Value = value;

    /// <summary>Gets the 8 characters of the id.</summary>
    public string Value { get; }

    /// <summary>Creates a random id.</summary>
    public static NodeId Create() => new(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(ByteCount)));

    /// <summary>Writes the id's bytes.</summary>
    public void CopyTo(Span<byte> destination) => Base64Url.DecodeFromChars(Value, destination);

    /// <inheritdoc/>
    public override string ToString() => Value;
}
