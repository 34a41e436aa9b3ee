using System.Globalization;

namespace Serverless.Gateway.Backplane.Redis.Resp;

/// <summary>Where one Redis server listens.</summary>
internal readonly record struct RedisEndpoint(string Host, int Port)
{
    /// <summary>An endpoint as a server tells it: without a host it is the one of the server that tells it.</summary>
    public static RedisEndpoint Told(string host, int port, RedisEndpoint teller) => new(host is "" or "?" ? teller.Host : host, port);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
