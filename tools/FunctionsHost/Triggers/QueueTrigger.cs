using System.Text;
using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Serverless.FunctionsHost.Apps;
using Serverless.FunctionsHost.Processes;
using Serverless.FunctionsHost.Workers.Messages;

namespace Serverless.FunctionsHost.Triggers;

/// <summary>Runs a function for each message of a storage queue.</summary>
internal sealed class QueueTrigger
{
    public const string Type = "queueTrigger";

    private static readonly TimeSpan ShortestPoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(10);

    private readonly QueueClient _queue;
    private readonly QueueClient _poison;
    private readonly QueueSettings _settings;
    private readonly bool _isBinary;

    private QueueTrigger(string connection, string queue, QueueSettings settings, bool isBinary)
    {
        var options = new QueueClientOptions { MessageEncoding = settings.IsBase64 ? QueueMessageEncoding.Base64 : QueueMessageEncoding.None };
        _queue = new QueueClient(connection, queue, options);
        _poison = new QueueClient(connection, queue + "-poison", options);
        _settings = settings;
        _isBinary = isBinary;
    }

    /// <summary>Creates the trigger; null if its connection is not among the settings.</summary>
    /// <exception cref="InvalidDataException">The queue has no name, or the connection string is invalid.</exception>
    public static QueueTrigger? TryCreate(FunctionDefinition function, IReadOnlyDictionary<string, string?> settings, QueueSettings queues)
    {
        var trigger = function.Trigger;
        var queue = trigger.Setting("queueName", settings) ?? throw new InvalidDataException("The queue has no name.");
        var name = JsonFile.Text(trigger.Json, "connection") is { Length: > 0 } given ? given : "AzureWebJobsStorage";
        var connection = AppSettings.Find(settings, name) ?? AppSettings.Find(settings, "AzureWebJobs" + name);
        return string.IsNullOrEmpty(connection) ? null : new QueueTrigger(connection, queue, queues, trigger.DataType == "binary");
    }

    /// <summary>Reads messages and runs the function until it is cancelled.</summary>
    /// <param name="run">Runs the function for a message, and returns whether it has succeeded.</param>
    /// <param name="log">Receives the errors of the storage service.</param>
    /// <param name="cancellationToken">Ends the task.</param>
    public async Task RunAsync(Func<TypedData, IReadOnlyDictionary<string, TypedData>, Task<bool>> run, HostLog log, CancellationToken cancellationToken)
    {
        var wait = ShortestPoll;
        try
        {
            while (true)
            {
                var messages = await ReceiveAsync(log, cancellationToken);
                await Task.WhenAll(messages.Select(message => HandleAsync(message, run, log, cancellationToken)));
                wait = messages.Length > 0 ? ShortestPoll : wait * 2 < _settings.MaxPollingInterval ? wait * 2 : _settings.MaxPollingInterval;
                if (messages.Length == 0)
                {
                    await Task.Delay(wait, cancellationToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private async Task<QueueMessage[]> ReceiveAsync(HostLog log, CancellationToken cancellationToken)
    {
        try
        {
            return (await _queue.ReceiveMessagesAsync(_settings.BatchSize, Lease, cancellationToken)).Value;
        }
        catch (RequestFailedException e) when (e.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return []; // As in the host, the queue may be created later.
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or FormatException)
        {
            log.Write(LogLevel.Warning, nameof(FunctionsHostApp), $"The queue '{_queue.Name}' cannot be read: {e.Message}");
            return [];
        }
    }

    private async Task HandleAsync(
        QueueMessage message, Func<TypedData, IReadOnlyDictionary<string, TypedData>, Task<bool>> run, HostLog log, CancellationToken cancellationToken)
    {
        try
        {
            if (await run(Input(message), Metadata(message)))
            {
                await _queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, CancellationToken.None);
            }
            else if (!cancellationToken.IsCancellationRequested && message.DequeueCount >= _settings.MaxDequeueCount)
            {
                await _poison.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
                await _poison.SendMessageAsync(message.Body, cancellationToken: cancellationToken);
                await _queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellationToken);
            }
            else
            {
                await _queue.UpdateMessageAsync(
                    message.MessageId, message.PopReceipt, message.Body, _settings.VisibilityTimeout, CancellationToken.None);
            }
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException)
        {
            log.Write(LogLevel.Warning, nameof(FunctionsHostApp), $"A message of '{_queue.Name}' could not be changed: {e.Message}");
        }
    }

    private TypedData Input(QueueMessage message) => _isBinary
        ? new TypedData { Bytes = Google.Protobuf.ByteString.CopyFrom(message.Body) }
        : new TypedData { String = Encoding.UTF8.GetString(message.Body) };

    private static Dictionary<string, TypedData> Metadata(QueueMessage message) => new()
    {
        ["QueueTrigger"] = new TypedData { String = Encoding.UTF8.GetString(message.Body) },
        ["Id"] = new TypedData { String = message.MessageId },
        ["PopReceipt"] = new TypedData { String = message.PopReceipt },
        ["DequeueCount"] = new TypedData { Json = message.DequeueCount.ToString() },
        ["InsertionTime"] = new TypedData { Json = $"\"{message.InsertedOn:O}\"" },
        ["ExpirationTime"] = new TypedData { Json = $"\"{message.ExpiresOn:O}\"" },
        ["NextVisibleTime"] = new TypedData { Json = $"\"{message.NextVisibleOn:O}\"" },
    };
}
