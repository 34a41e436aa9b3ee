using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Serverless.Gateway.Addressing;
using Serverless.Gateway.Backplane;
using Serverless.Gateway.Routing;
using Serverless.Gateway.Routing.Operations;
using Serverless.Gateway.Storage;

namespace Serverless.Gateway.Admin;

/// <summary>
/// Reads the current usage of hubs on all nodes: each node first records its own, and returns it where the store is not shared.
/// </summary>
internal sealed class UsageReader(IUsageStore store, UsageRecorder recorder, Router router) : INodeRequest<GatewayUsageOperation>
{
    public async ValueTask<byte[]> AnswerAsync(BackplaneMessage message, GatewayUsageOperation operation)
    {
        try
        {
            await recorder.RecordAsync(CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // The node that sent the request finds the store unavailable itself.
        }

        if (store.IsShared)
        {
            return [];
        }

        var days = operation.Range.Split('/');
        return JsonSerializer.SerializeToUtf8Bytes(
            [.. await store.ReadAsync(Day(days[0]), Day(days[1]), CancellationToken.None)], UsageJson.Default.UsageRowArray);
    }

    /// <summary>
    /// Returns the rows from one day to another, both included. Rows of an unreachable node are those it last recorded, or missing.
    /// </summary>
    /// <exception cref="StoreUnavailableException">The store is unavailable.</exception>
    public async ValueTask<IReadOnlyList<UsageRow>> ReadAsync(DateOnly first, DateOnly last, CancellationToken cancellation)
    {
        await recorder.RecordAsync(cancellation);
        var elsewhere = await AskAsync(first, last);
        return [.. await store.ReadAsync(first, last, cancellation), .. elsewhere];
    }

    private async ValueTask<IReadOnlyList<UsageRow>> AskAsync(DateOnly first, DateOnly last)
    {
        try
        {
            var answers = await router.AskAsync(HubName.Gateway, Target.All(), new GatewayUsageOperation($"{Text(first)}/{Text(last)}"));
            return [.. answers.Where(static answer => answer.Length > 1).SelectMany(
                static answer => JsonSerializer.Deserialize(answer.Span, UsageJson.Default.UsageRowArray)!)];
        }
        catch (BackplaneUnavailableException)
        {
            return [];
        }
    }

    private static string Text(DateOnly day) => day.ToString(UsageQuery.DayFormat, CultureInfo.InvariantCulture);

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, UsageQuery.DayFormat, CultureInfo.InvariantCulture);
}

/// <summary>The JSON of usage between nodes.</summary>
[JsonSerializable(typeof(UsageRow[]))]
internal sealed partial class UsageJson : JsonSerializerContext;
