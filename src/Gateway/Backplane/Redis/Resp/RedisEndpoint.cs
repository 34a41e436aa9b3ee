using System.Globalization;

namespace Serverless.Gateway.Backplane.Redis.Resp;

/// <summary>Represents the address of one Redis server.</summary>
internal readonly record struct RedisEndpoint(string Host, int Port)
{
    /// <summary>Returns an endpoint that a server has answered: without a host, it is on the host of that server.</summary>
    public static RedisEndpoint Told(string host, int port, RedisEndpoint teller) => new(host is "" or "?" ? teller.Host : host, port);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
