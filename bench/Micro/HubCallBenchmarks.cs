using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Hubs;
using Serverless.Hubs.Registration;
using Serverless.Protocol;

namespace Serverless.Micro;

/// <summary>Runs an ASP.NET Core hub for an upstream request, without a host: the whole way from the request to the framed completion.</summary>
public class HubCallBenchmarks
{
    private const string ConnectionId = "connection-1";
    private const string AccessKey = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";

    private ServiceProvider? _services;
    private UpstreamDispatcher? _dispatcher;
    private UpstreamRequest? _request;

    [Params(Sample.Json, Sample.MessagePack)]
    public string Protocol { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        var services = new ServiceCollection();
        services.AddSignalR().AddMessagePackProtocol()
            .AddServerless(static options => options.ConnectionString = $"Endpoint=http://127.0.0.1;AccessKey={AccessKey};Version=1.0;");
        services.AddSingleton<IServerlessHub>(static provider => provider.GetRequiredService<ServerlessHub<Adder>>());
        _services = services.BuildServiceProvider();
        _dispatcher = _services.GetRequiredService<UpstreamDispatcher>();

        var protocol = HubProtocol.Find(Protocol)!;
        var signature = HMACSHA256.HashData(Encoding.UTF8.GetBytes(AccessKey), Encoding.UTF8.GetBytes(ConnectionId));
        Dictionary<string, string?> headers = new(StringComparer.OrdinalIgnoreCase)
        {
            [UpstreamHeaders.ConnectionId] = ConnectionId,
            [UpstreamHeaders.Hub] = nameof(Adder),
            [UpstreamHeaders.Category] = UpstreamCategories.Messages,
            [UpstreamHeaders.Event] = nameof(Adder.Add),
            [UpstreamHeaders.Signature] = "sha256=" + Convert.ToHexStringLower(signature),
        };
        var framed = Sample.Written(protocol, static (output, protocol) => protocol.WriteInvocation(
            output, Sample.InvocationId, nameof(Adder.Add), protocol.IsBinary ? [0x92, 0x01, 0x02] : "[1,2]"u8));
        Ensure.That(protocol.TryCut(framed, 0, int.MaxValue, out var bare, out _), "the invocation is not whole");
        _request = new UpstreamRequest(protocol.ContentType, bare.ToArray(), headers.GetValueOrDefault);
        Ensure.That(Call() == Sample.Written(protocol, static (output, protocol) => protocol.WriteResult(
            output, Sample.InvocationId, protocol.IsBinary ? [0x03] : "3"u8)).Length, "the completion is not the sum");
    }

    [GlobalCleanup]
    public void CleanUp() => _services?.Dispose();

    /// <summary>Handles a call of a method with two arguments and a result; returns the size of the completion.</summary>
    [Benchmark]
    public int Call()
    {
        var handling = _dispatcher!.DispatchAsync(_request!);
        Ensure.That(handling.IsCompletedSuccessfully, "the call has not ended by itself");
        return handling.Result.Body.Length;
    }
}

/// <summary>The hub that is called.</summary>
internal sealed class Adder : Hub
{
    public int Add(int left, int right) => left + right;
}
