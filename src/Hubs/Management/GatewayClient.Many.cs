using System.Buffers;
using System.Text.Json;
using Azure.Core;

namespace Serverless.Hubs.Management;

// One request for many: lists of users and groups, and commands for all connections that a filter chooses.
public sealed partial class GatewayClient
{
    /// <summary>Sends a message to several users with one request.</summary>
    /// <param name="userIds">The users, whose ids have no comma. All travel in the request's address, which has room for about 8,000 characters.</param>
    /// <param name="method">The name of the clients' method.</param>
    /// <param name="arguments">Values, or <see cref="ClientArgument"/>s.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <remarks>An operation of the API's version v1-preview, which newer ones have no match for.</remarks>
    public Task SendToUsersAsync(
        IReadOnlyList<string> userIds, string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        SendToListAsync("users", userIds, method, arguments, cancellationToken);

    /// <summary>Sends a message to the members of several groups with one request; who is in two of them gets it twice.</summary>
    /// <param name="groups">The groups, whose names have no comma. All travel in the request's address, which has room for about 8,000 characters.</param>
    /// <param name="method">The name of the clients' method.</param>
    /// <param name="arguments">Values, or <see cref="ClientArgument"/>s.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <remarks>An operation of the API's version v1-preview, which newer ones have no match for.</remarks>
    public Task SendToGroupsAsync(
        IReadOnlyList<string> groups, string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        SendToListAsync("groups", groups, method, arguments, cancellationToken);

    /// <summary>Runs commands, one after another, for every connection of the hub that a filter chooses.</summary>
    /// <param name="commands">The commands.</param>
    /// <param name="filter">Which connections, as <see cref="CreateFilter"/> makes it; null for all.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task ExecuteAsync(
        IReadOnlyList<ConnectionCommand> commands, string? filter = null, CancellationToken cancellationToken = default)
    {
        var body = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = _options.SerializerOptions.Encoder }))
        {
            json.WriteStartArray();
            foreach (var command in commands)
            {
                command.Write(json, _options.SerializerOptions);
            }

            json.WriteEndArray();
        }

        await CompleteAsync(
            RequestMethod.Post,
            WholeHubPath(":execute"),
            LatestVersion + (filter is null ? "" : $"&filter={Uri.EscapeDataString(filter)}"),
            body.WrittenMemory,
            GatewayResponseClassifier.Message,
            cancellationToken);
    }

    /// <summary>
    /// A filter for <see cref="ExecuteAsync"/> with its values quoted, so that none of them is read as a part of it:
    /// <c>CreateFilter($"startswith(userId, {prefix}) and {group} in groups")</c>.
    /// </summary>
    /// <param name="filter">Over <c>userId</c>, <c>connectionId</c> and <c>groups</c>; with <c>eq ne and or not in</c>, <c>startswith endswith contains</c>.</param>
    public static string CreateFilter(FormattableString filter) => string.Format(
        System.Globalization.CultureInfo.InvariantCulture,
        filter.Format,
        [.. filter.GetArguments().Select(static value => value is null ? "null" : $"'{value.ToString()!.Replace("'", "''", StringComparison.Ordinal)}'")]);

    private Task SendToListAsync(
        string kind, IReadOnlyList<string> names, string method, object?[] arguments, CancellationToken cancellationToken)
    {
        if (names.FirstOrDefault(static name => name.Contains(',', StringComparison.Ordinal)) is { } name)
        {
            throw new ArgumentException($"'{name}' has a comma, which ends a name in a list; send to it by itself.", nameof(names));
        }

        var message = Encode(method, arguments);
        return names.Count == 0
            ? Task.CompletedTask
            : CompleteAsync(
                RequestMethod.Post,
                $"api/v1-preview/hub/{_wholeName}/{kind}/{string.Join(',', names.Select(Segment))}",
                "",
                message,
                GatewayResponseClassifier.Message,
                cancellationToken);
    }
}
