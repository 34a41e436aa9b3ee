using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Serverless.Hubs.Dispatch;

namespace Serverless.Hubs.Descriptors;

/// <summary>Represents a call of a hub method: its encoded arguments, and the options that its result is written with.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class HubCall
{
    private readonly HubMethod _method;
    private readonly HubArguments _arguments;
    private readonly JsonSerializerOptions _options;
    private readonly StreamedAnswer? _stream;

    internal HubCall(
        HubMethod method,
        HubArguments arguments,
        JsonSerializerOptions options,
        StreamedAnswer? stream,
        CancellationToken cancellationToken)
    {
        _stream = stream;
        _method = method;
        _arguments = arguments;
        _options = options;
        CancellationToken = cancellationToken;
    }

    /// <summary>Gets a token that is cancelled when the gateway no longer waits for the call.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Reads an argument.</summary>
    /// <typeparam name="T">The type of the parameter.</typeparam>
    /// <param name="index">The argument's index.</param>
    /// <returns>The argument.</returns>
    public T? Read<T>(int index)
    {
        // A type that the options do not know is the app's error and throws as such; a malformed argument is the client's.
        var type = (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T));
        try
        {
            return JsonSerializer.Deserialize(_arguments[index], type);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new ArgumentBindingException(
                $"Argument {index + 1} ('{_method.Parameters[index].Name}') of '{_method.Name}' cannot be read as {Describe(typeof(T))}.", e);
        }
    }

    /// <summary>Reads an argument that must not be null.</summary>
    /// <typeparam name="T">The type of the parameter.</typeparam>
    /// <param name="index">The argument's index.</param>
    /// <returns>The argument.</returns>
    public T ReadRequired<T>(int index) => Read<T>(index) ?? throw new ArgumentBindingException(
        $"Argument {index + 1} ('{_method.Parameters[index].Name}') of '{_method.Name}' must not be null.");

    /// <summary>Encodes the value that the method returned.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="value">The value.</param>
    /// <returns>The result.</returns>
    public HubResult Result<T>(T value) => value switch
    {
        byte[] bytes => HubResult.OfBinary(bytes),
        _ => HubResult.OfJson(JsonSerializer.SerializeToUtf8Bytes(value, (JsonTypeInfo<T>)_options.GetTypeInfo(typeof(T)))),
    };

    /// <summary>Sends the items of a stream to the client as they become available, and completes when the last one has been sent.</summary>
    /// <typeparam name="T">The type of an item.</typeparam>
    /// <param name="items">The items.</param>
    /// <returns>A result without a value.</returns>
    public async ValueTask<HubResult> StreamAsync<T>(IAsyncEnumerable<T> items)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken);
        await using var source = items.GetAsyncEnumerator(ended.Token);
        while (true)
        {
            var next = source.MoveNextAsync().AsTask();
            try
            {
                // Items that are available at once share a write; an item never waits for a later one.
                if (!next.IsCompleted || _stream!.IsFull)
                {
                    await _stream!.FlushAsync(CancellationToken);
                }
            }
            catch
            {
                // The enumerator cannot be disposed of while it produces the next item.
                await ended.CancelAsync();
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            if (!await next)
            {
                return HubResult.None;
            }

            _stream.Add(Result(source.Current));
        }
    }

    /// <summary>Sends the items of a channel to the client until the channel completes.</summary>
    /// <typeparam name="T">The type of an item.</typeparam>
    /// <param name="items">The items.</param>
    /// <returns>A result without a value.</returns>
    public ValueTask<HubResult> StreamAsync<T>(ChannelReader<T> items) => StreamAsync(items.ReadAllAsync(CancellationToken));

    private static string Describe(Type type) => (Nullable.GetUnderlyingType(type) ?? type).Name.Split('`')[0];
}
