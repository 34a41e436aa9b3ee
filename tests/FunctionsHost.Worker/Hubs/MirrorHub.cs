using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.FunctionsHost.Worker.Hubs;

/// <summary>A hub that answers with its caller as it sees it.</summary>
internal sealed class MirrorHub(Journal journal) : Hub
{
    /// <summary>Returns the user id, the claims and the query of the caller.</summary>
    public Reflection Reflect() => new(
        Context.UserIdentifier,
        [.. Context.User!.Claims.Select(claim => $"{claim.Type}={claim.Value}")],
        Context.GetHttpContext()!.Request.Query["q"].ToString());

    [HubMethodName("日本 🙂 50%41")]
    public string Named() => "named";

    public string Fail() => throw new HubException("It fails by intent.");

    /// <summary>Sends a number, and another one when the entry is released. Records that it has started, and that it was cancelled.</summary>
    public async IAsyncEnumerable<int> Count(string entry, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return 1;
        journal.Write(entry, "started");
        try
        {
            await journal.Release(entry).Task.WaitAsync(cancellationToken);
        }
        finally
        {
            if (cancellationToken.IsCancellationRequested)
            {
                journal.Write(entry, "cancelled");
            }
        }

        yield return 2;
    }
}

/// <summary>What a hub sees of its caller.</summary>
internal sealed record Reflection(string? User, string[] Claims, string Query);
