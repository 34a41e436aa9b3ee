using System.Text.Json.Serialization;

namespace Serverless.Hubs.Management;

/// <summary>Represents a connection in a group.</summary>
/// <param name="ConnectionId">The connection id.</param>
/// <param name="UserId">The user id, or null for an anonymous client.</param>
public sealed record GroupMember(string ConnectionId, string? UserId);

/// <summary>One page of a group's connections.</summary>
internal sealed record GroupPage(IReadOnlyList<GroupMember> Value, string? NextLink);

/// <summary>A client token that the gateway issued.</summary>
internal sealed record ClientToken(string Token);

/// <summary>Represents a key that signs client tokens and is valid for 90 minutes.</summary>
/// <param name="AccessKey">The key, used as UTF-8 text.</param>
/// <param name="KeyId">The key id, for the <c>kid</c> header of tokens that the key signs.</param>
public sealed record TemporaryAccessKey(string AccessKey, string KeyId)
{
    /// <summary>Returns the key id. The key is left out, so that it does not reach logs.</summary>
    /// <returns>The key id.</returns>
    public override string ToString() => KeyId;
}

/// <summary>The API's response to a call whose client method failed.</summary>
internal sealed record ClientFailure(string? Message);

/// <summary>Reads the API's responses without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(GroupPage))]
[JsonSerializable(typeof(ClientToken))]
[JsonSerializable(typeof(TemporaryAccessKey))]
[JsonSerializable(typeof(ClientFailure))]
internal sealed partial class GatewayJson : JsonSerializerContext;
