using System.Buffers;
using System.Text.Json;
using Azure.Core;

namespace Serverless.Hubs.Management;

// Requests with many targets: lists of users and groups, and commands for all connections that match a filter.
public partial class GatewayClient
{
    private const int MaxListCharacters = 8000;

    /// <summary>Sends a message to several users with one request.</summary>
    /// <param name="userIds">The user ids, without commas. All are sent in the request's URL, which has room for about 8,000 characters.</param>
    /// <param name="method">The name of the clients' method.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="ArgumentException">A user id contains a comma.</exception>
    /// <remarks>The operation exists only in version v1-preview of the API.</remarks>
    public Task SendToUsersAsync(
        IReadOnlyList<string> userIds, string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        SendToListAsync("users", userIds, method, arguments, cancellationToken);

    /// <summary>Sends a message to several groups with one request. A client that is in two of them receives the message twice.</summary>
    /// <param name="groups">The groups, without commas. All are sent in the request's URL, which has room for about 8,000 characters.</param>
    /// <param name="method">The name of the clients' method.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="ArgumentException">A group contains a comma.</exception>
    /// <remarks>The operation exists only in version v1-preview of the API.</remarks>
    public Task SendToGroupsAsync(
        IReadOnlyList<string> groups, string method, object?[] arguments, CancellationToken cancellationToken = default) =>
        SendToListAsync("groups", groups, method, arguments, cancellationToken);

    /// <summary>Runs commands, in order, on every connection of the hub that matches a filter.</summary>
    /// <param name="commands">The commands.</param>
    /// <param name="filter">The filter, as <see cref="CreateFilter"/> creates it, or null for all connections.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
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
            new MessageBody(MessageBody.Json, body.WrittenMemory),
            GatewayResponseClassifier.Message,
            cancellationToken);
    }

    /// <summary>
    /// Creates a filter for <see cref="ExecuteAsync"/> with quoted values, so that a value is never read as part of the expression.
    /// </summary>
    /// <param name="filter">
    /// The expression over <c>userId</c>, <c>connectionId</c> and <c>groups</c>, with <c>eq ne and or not in</c> and
    /// <c>startswith endswith contains</c>.
    /// </param>
    /// <returns>The filter.</returns>
    /// <example><c>CreateFilter($"startswith(userId, {prefix}) and {group} in groups")</c></example>
    public static string CreateFilter(FormattableString filter) => string.Format(
        System.Globalization.CultureInfo.InvariantCulture,
        filter.Format,
        [.. filter.GetArguments().Select(static value => value is null ? "null" : $"'{value.ToString()!.Replace("'", "''", StringComparison.Ordinal)}'")]);

    /// <summary>Sends an encoded message to several users, with one request where the API can take it.</summary>
    internal Task SendToUsersAsync(IReadOnlyList<string> userIds, MessageBody message, CancellationToken cancellationToken) =>
        SendToListAsync("users", [.. userIds.Distinct(StringComparer.Ordinal)], message, SendToUserAsync, cancellationToken);

    /// <summary>Sends an encoded message to several groups, with one request where the API can take it.</summary>
    internal Task SendToGroupsAsync(IReadOnlyList<string> groups, MessageBody message, CancellationToken cancellationToken) =>
        SendToListAsync(
            "groups", groups, message, (group, message, cancellationToken) => SendToGroupAsync(group, message, [], cancellationToken), cancellationToken);

    // The list is part of the path and separated by commas, and its version of the API has JSON bodies only.
    private Task SendToListAsync(
        string kind,
        IReadOnlyList<string> names,
        MessageBody message,
        Func<string, MessageBody, CancellationToken, Task> sendToOne,
        CancellationToken cancellationToken) =>
        names.Count > 1 && message.ContentType == MessageBody.Json && names.Sum(static name => 3 * name.Length) < MaxListCharacters
            && !names.Any(static name => name.Contains(',', StringComparison.Ordinal))
            ? SendToListAsync(kind, names, message, cancellationToken)
            : Task.WhenAll(names.Select(name => sendToOne(name, message, cancellationToken)));

    private Task SendToListAsync(
        string kind, IReadOnlyList<string> names, string method, object?[] arguments, CancellationToken cancellationToken)
    {
        if (names.FirstOrDefault(static name => name.Contains(',', StringComparison.Ordinal)) is { } name)
        {
            throw new ArgumentException($"'{name}' contains a comma, which separates the names of a list; send to it in a request of its own.", nameof(names));
        }

        var message = Encode(method, arguments);
        return names.Count == 0 ? Task.CompletedTask : SendToListAsync(kind, names, message, cancellationToken);
    }

    private Task SendToListAsync(string kind, IReadOnlyList<string> names, MessageBody message, CancellationToken cancellationToken) => CompleteAsync(
        RequestMethod.Post,
        $"api/v1-preview/hub/{_wholeName}/{kind}/{string.Join(',', names.Select(Segment))}",
        "",
        message,
        GatewayResponseClassifier.Message,
        cancellationToken);
}
