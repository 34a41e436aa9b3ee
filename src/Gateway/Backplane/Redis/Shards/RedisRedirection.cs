using System.Globalization;
using Serverless.Gateway.Backplane.Redis.Resp;

namespace Serverless.Gateway.Backplane.Redis.Shards;

/// <summary>Represents the reason why a server of a cluster did not execute a command, and the server that would.</summary>
/// <param name="Kind">The error's first word.</param>
/// <param name="Server">The server that owns the slot now, if the error names one.</param>
internal readonly record struct RedisRedirection(string Kind, RedisEndpoint? Server)
{
    public const string Moved = "MOVED";
    public const string Ask = "ASK";

    /// <summary>Reads <c>MOVED slot host:port</c>, <c>ASK slot host:port</c>, or an error that passes with time; null for any other.</summary>
    public static RedisRedirection? Read(string error, RedisEndpoint server)
    {
        var words = error.Split(' ', 4);
        switch (words[0])
        {
            case Moved or Ask when words.Length >= 3 && words[2].LastIndexOf(':') is >= 0 and var colon
                && int.TryParse(words[2].AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port):
                return new RedisRedirection(words[0], RedisEndpoint.Told(words[2][..colon], port, server));
            case "CLUSTERDOWN" or "TRYAGAIN" or "MASTERDOWN" or "LOADING":
                return new RedisRedirection(words[0], null);
            default:
                return null;
        }
    }
}
