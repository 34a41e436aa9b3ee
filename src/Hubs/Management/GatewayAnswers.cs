using System.Text.Json.Serialization;

namespace Serverless.Hubs.Management;

/// <summary>A connection in a group.</summary>
/// <param name="ConnectionId">The connection's id.</param>
/// <param name="UserId">Its user's id, or null for an anonymous client.</param>
public sealed record GroupMember(string ConnectionId, string? UserId);

/// <summary>One page of a group's connections.</summary>
internal sealed record GroupPage(IReadOnlyList<GroupMember> Value, string? NextLink);

/// <summary>A token that the gateway made.</summary>
internal sealed record ClientToken(string Token);

/// <summary>A key of 90 minutes that signs client tokens.</summary>
/// <param name="AccessKey">The key, used as UTF-8 text.</param>
/// <param name="KeyId">What tokens that it signs name in their header's <c>kid</c>.</param>
public sealed record TemporaryAccessKey(string AccessKey, string KeyId)
{
    /// <summary>The id alone: a key is no text for logs.</summary>
    public override string ToString() => KeyId;
}

/// <summary>The error of a client's method, as the API wraps it.</summary>
internal sealed record ClientFailure(string? Message);

/// <summary>Reads the API's answers without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(GroupPage))]
[JsonSerializable(typeof(ClientToken))]
[JsonSerializable(typeof(TemporaryAccessKey))]
[JsonSerializable(typeof(ClientFailure))]
internal sealed partial class GatewayJson : JsonSerializerContext;
