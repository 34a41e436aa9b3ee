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

/// <summary>The error of a client's method, as the API wraps it.</summary>
internal sealed record ClientFailure(string? Message);

/// <summary>Reads the API's answers without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(GroupPage))]
[JsonSerializable(typeof(ClientToken))]
[JsonSerializable(typeof(ClientFailure))]
internal sealed partial class GatewayJson : JsonSerializerContext;
