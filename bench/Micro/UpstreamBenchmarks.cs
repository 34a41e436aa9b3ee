using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Access;
using Serverless.Gateway.Connections.Draining;
using Serverless.Gateway.Connections.Framing;
using Serverless.Gateway.Dispatch.Answers;
using Serverless.Gateway.Dispatch.Calls;
using Serverless.Gateway.Limits;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Hosts;
using Serverless.Gateway.Upstream.Requests;
using Serverless.Gateway.Upstream.Templates;
using Serverless.Protocol;

namespace Serverless.Micro;

/// <summary>Creates the HTTP request for a client's invocation, and the completion frame from the function's response.</summary>
public class UpstreamBenchmarks
{
    private const string UrlTemplate = "http://localhost:7071/api/upstream/{hub}/{category}/{event}";

    private HubProtocol _protocol = HubProtocol.Json;
    private static readonly NodeBudget Budget = NodeBudget.Of(20_000, 1 << 30);

    private readonly UpstreamGate _gate = new(Budget, new QueuedBytes(Budget), TimeProvider.System);
    private UpstreamRoutes? _routes;
    private UpstreamSender? _sender;
    private PendingCall? _call;
    private byte[] _arguments = [];
    private byte[] _framed = [];
    private byte[] _bare = [];

    [Params(Sample.Small, Sample.Large)]
    public int Size { get; set; }

    [Params(Sample.Json, Sample.MessagePack)]
    public string Protocol { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        _protocol = HubProtocol.Find(Protocol)!;
        _arguments = Sample.Arguments(_protocol, Size);
        _routes = new UpstreamRoutes(new FixedOptions<UpstreamSettings>(
            new UpstreamSettings { Templates = { new UpstreamTemplateOptions { UrlTemplate = UrlTemplate } } }));
        using var workers = new DrainWorkers(1);
        var connection = Clients.Create("connection-1", _protocol, workers, new CountingOutput(new Deliveries()));
        _sender = new UpstreamSender(
            connection, new AccessKeys(Options.Create(new AccessOptions { AccessKeys = { AccessOptions.EmulatorKey, "a-secondary-key-of-the-benchmark-0123456789" } })));
        _call = PendingCall.ForInvocation(_protocol, Invocation());
        _framed = Sample.Written(
            (_protocol, _arguments),
            static (output, state) => state._protocol.WriteResult(output, Sample.InvocationId, state._arguments));
        Ensure.That(_protocol.TryCut(_framed, 0, int.MaxValue, out var bare, out _), "the completion is not whole");
        _bare = bare.ToArray();
        EnsureRight();
    }

    [GlobalCleanup]
    public void CleanUp() => _routes?.Dispose();

    /// <summary>Creates a pending call, as a connection queues it, and releases it.</summary>
    [Benchmark]
    public int Call()
    {
        var call = PendingCall.ForInvocation(_protocol, Invocation());
        var length = call.Body.Length;
        call.Release();
        return length;
    }

    [Benchmark]
    public object Route() => FindRoute().Url!;

    /// <summary>Enters the upstream's gate for a call and leaves it.</summary>
    [Benchmark]
    public async ValueTask<bool> Admission()
    {
        var pass = await _gate.EnterAsync(FindRoute().Url!, 0, UpstreamCallKind.Message, TimeSpan.FromSeconds(100), default);
        _gate.Leave(in pass);
        return pass.IsAdmitted;
    }

    [Benchmark]
    public int Request()
    {
        using var request = CreateRequest();
        return request.Headers.NonValidated.Count;
    }

    /// <summary>Creates the same request with the signature over its body.</summary>
    [Benchmark]
    public int SignedRequest()
    {
        using var request = CreateRequest();
        request.Sign(DateTimeOffset.UnixEpoch);
        return request.Headers.NonValidated.Count;
    }

    [Benchmark]
    public object Completion() => From(new UpstreamOutcome(UpstreamResult.Answered, 200, _framed, _framed.Length));

    /// <summary>Hostile: the function omits the framing, so that the completion is written again.</summary>
    [Benchmark]
    public object CompletionWithoutFraming() => From(new UpstreamOutcome(UpstreamResult.Answered, 200, _bare, _bare.Length));

    private HubMessage Invocation() => new()
    {
        Type = HubMessageType.Invocation,
        InvocationId = Sample.InvocationId,
        Target = Sample.Target,
        Arguments = _arguments,
    };

    private UpstreamRoute FindRoute() => _routes!.Find(_sender!.Hub, UpstreamCategories.Messages, Sample.Target);

    private EventRequest CreateRequest() => new(
        FindRoute().Url!, _sender!, HeaderEncoding.Percent, _call!.Category, _call.EventName, _call.Body, _call.ContentType);

    private Frame From(UpstreamOutcome outcome) => CompletionFrames.From(_protocol, Sample.InvocationId, in outcome);

    private void EnsureRight()
    {
        var read = _protocol.Read(_call!.Body.Span);
        Ensure.That(
            read.Type == HubMessageType.Invocation && read.Target == Sample.Target && read.InvocationId == Sample.InvocationId,
            "the request's body is another message");
        Ensure.Equal(_arguments, read.Arguments, "the arguments' array");
        using var request = CreateRequest();
        Ensure.That(
            request.RequestUri!.AbsoluteUri == $"http://localhost:7071/api/upstream/chat/messages/{Sample.Target}",
            "the request goes to another address");
        Ensure.That(
            request.Headers.GetValues(UpstreamHeaders.Signature).Single() == _sender!.Signature
            && request.Headers.GetValues(UpstreamHeaders.ConnectionId).Single() == "connection-1"
            && request.Content!.Headers.ContentType!.MediaType == _protocol.ContentType,
            "the request has other headers");
        foreach (var completion in (Frame[])[(Frame)Completion(), (Frame)CompletionWithoutFraming()])
        {
            Ensure.Equal(_framed, completion.Payload.Span, "the completion");
        }
    }
}
