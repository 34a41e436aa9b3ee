using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Serverless.Gateway.Addressing;

/// <summary>
/// Represents a hub's name in the form that distinguishes hubs: lower case, with the application's name and an underscore before it if
/// there is an application. Rule: starts with a letter, then letters, digits and <c>_ ` , . [ ]</c>, 1–128 characters (docs/contract/rest-api.md#common-rules).
/// </summary>
internal readonly record struct HubName
{
    /// <summary>The rule in words, for errors.</summary>
    public const string Rule = "1-128 characters, starting with a letter; only letters, digits and _ ` , . [ ] are allowed.";

    private const int MaxLength = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_`,.[]");

    private HubName(string value) => Value = value;

    /// <summary>
    /// Gets the name of the gateway's own hub, whose connections are viewers and whose methods the gateway answers. Clients, REST calls and
    /// templates cannot name it, because it does not start with a letter.
    /// </summary>
    public static HubName Gateway { get; } = new("$gateway");

    /// <summary>Gets the name in lower case.</summary>
    public string Value { get; }

    /// <summary>Parses the hub's name of a REST path, with the application's name if one is given.</summary>
    public static bool TryParse(string? hub, string? application, out HubName name)
    {
        name = default;
        if (!IsValid(hub, MaxLength) || (application is not null && !IsValid(application, MaxLength)))
        {
            return false;
        }

        var lower = hub.ToLowerInvariant();
        name = new HubName(application is null ? lower : $"{application.ToLowerInvariant()}_{lower}");
        return true;
    }

    /// <summary>Parses the name in a client's <c>hub=</c> query, where application and hub are joined already.</summary>
    public static bool TryParseJoined(string? joined, out HubName name)
    {
        var valid = IsValid(joined, (2 * MaxLength) + 1);
        name = valid ? new HubName(joined!.ToLowerInvariant()) : default;
        return valid;
    }

    /// <summary>Parses a name that another node has written, including the gateway's own hub.</summary>
    public static bool TryRead(string text, out HubName name)
    {
        name = Gateway;
        return text == Gateway.Value || TryParseJoined(text, out name);
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static bool IsValid([NotNullWhen(true)] string? name, int maxLength) =>
        !string.IsNullOrEmpty(name)
        && name.Length <= maxLength
        && char.IsAsciiLetter(name[0])
        && !name.AsSpan().ContainsAnyExcept(Allowed);
}
