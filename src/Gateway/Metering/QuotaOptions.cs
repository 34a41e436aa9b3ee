using Microsoft.Extensions.Options;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Metering;

/// <summary>
/// Represents the quotas of the gateway as a whole and of single hubs: section <c>Gateway:Quotas</c>. There are none by default.
/// </summary>
internal sealed class QuotaOptions
{
    /// <value>
    /// The maximum of clients connected at once. Further ones are answered with 429, when they negotiate and when they connect. See
    /// <see href="reference/usage-and-quotas.md#quotas">quotas</see>.
    /// </value>
    [Setting(Allowed = "from 1", Default = "none: no limit")]
    public int? Connections { get; set; }

    /// <value>
    /// The maximum of units in a day (UTC), to clients and upstreams together. At the maximum all clients are closed, and refused with 429 until
    /// the next day.
    /// </value>
    [Setting(Allowed = "from 1", Default = "none: no limit")]
    public long? MessagesPerDay { get; set; }

    /// <value>Quotas of single hubs, beside those of all together.</value>
    public IList<HubQuotaOptions> Hubs { get; } = [];
}

/// <summary>Represents the quotas of one hub.</summary>
internal sealed class HubQuotaOptions
{
    /// <value>A hub that has quotas of its own, beside those of all hubs together; <c>:1</c> and so on for more.</value>
    [Setting(Allowed = "a hub's name", Default = "none")]
    public string Hub { get; set; } = "";

    /// <value>The same for that hub.</value>
    [Setting(Allowed = "from 1", Default = "none: no limit")]
    public int? Connections { get; set; }

    /// <value>The same for that hub.</value>
    [Setting(Allowed = "from 1", Default = "none: no limit")]
    public long? MessagesPerDay { get; set; }
}

/// <summary>Checks <see cref="QuotaOptions"/> at start.</summary>
internal sealed class QuotaOptionsValidator : IValidateOptions<QuotaOptions>
{
    public ValidateOptionsResult Validate(string? name, QuotaOptions options)
    {
        var errors = new List<string>();
        Check("Gateway:Quotas", options.Connections, options.MessagesPerDay);
        var hubs = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < options.Hubs.Count; i++)
        {
            var key = $"Gateway:Quotas:Hubs:{i}";
            Check(key, options.Hubs[i].Connections, options.Hubs[i].MessagesPerDay);
            if (!HubName.TryParseJoined(options.Hubs[i].Hub, out var hub))
            {
                errors.Add($"{key}:Hub is '{options.Hubs[i].Hub}', which is not a hub's name. A name has {HubName.Rule}");
            }
            else if (!hubs.Add(hub.Value))
            {
                errors.Add($"{key}:Hub is '{options.Hubs[i].Hub}', as an earlier one. Write each hub once.");
            }
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Check(string key, int? connections, long? messages)
        {
            if (connections < 1)
            {
                errors.Add($"{key}:Connections is out of range. Write a number from 1 on, or leave it out.");
            }

            if (messages < 1)
            {
                errors.Add($"{key}:MessagesPerDay is out of range. Write a number from 1 on, or leave it out.");
            }
        }
    }
}
