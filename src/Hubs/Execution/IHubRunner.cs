using System.IO.Pipelines;
using Serverless.Hubs.Dispatch;
using Serverless.Protocol;

namespace Serverless.Hubs.Execution;

/// <summary>Runs a hub for one upstream request. One instance per hub; thread-safe.</summary>
internal interface IHubRunner
{
    /// <summary>Determines whether the hub takes messages of a protocol.</summary>
    bool Supports(HubProtocol protocol);

    /// <summary>Runs the hub's connected or disconnected method within the hub's filters.</summary>
    /// <returns>The finished run, with the exception of the method.</returns>
    Task<HubRun> RunAsync(Caller caller, HubRunKind kind, Exception? reason = null);

    /// <summary>Runs a call to its end.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="protocol">The protocol of the message and of the answer.</param>
    /// <param name="message">The framed invocation or stream invocation, with an invocation id.</param>
    /// <param name="items">Takes the answer of a streaming call; null for an answer in one piece.</param>
    /// <returns>The finished run, and the framed completion unless the answer was streamed or the connection was aborted.</returns>
    Task<(HubRun Run, ReadOnlyMemory<byte> Completion)> CallAsync(
        Caller caller, HubProtocol protocol, ReadOnlyMemory<byte> message, PipeWriter? items);
}
