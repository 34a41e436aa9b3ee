using System.Text.Json;

namespace Serverless.FunctionsHost.Apps;

/// <summary>The section <c>extensions.queues</c> of <c>host.json</c>.</summary>
/// <param name="BatchSize">The number of messages that run at a time for each function.</param>
/// <param name="MaxDequeueCount">The number of attempts before a message goes to the poison queue.</param>
/// <param name="MaxPollingInterval">The longest time between two looks into an empty queue.</param>
/// <param name="VisibilityTimeout">The time between two attempts.</param>
/// <param name="IsBase64">True if message texts are base64, as the extension expects by default.</param>
internal sealed record QueueSettings(int BatchSize, int MaxDequeueCount, TimeSpan MaxPollingInterval, TimeSpan VisibilityTimeout, bool IsBase64)
{
    private const int LargestBatch = 32; // the storage service's limit

    public static QueueSettings Read(JsonElement? section) => new(
        Math.Clamp(JsonFile.Number(section, "batchSize") ?? 16, 1, LargestBatch),
        Math.Max(1, JsonFile.Number(section, "maxDequeueCount") ?? 5),
        JsonFile.Time(section, "maxPollingInterval") ?? TimeSpan.FromSeconds(1),
        JsonFile.Time(section, "visibilityTimeout") ?? TimeSpan.Zero,
        !string.Equals(JsonFile.Text(section, "messageEncoding"), "none", StringComparison.OrdinalIgnoreCase));
}
