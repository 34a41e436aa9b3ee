namespace Serverless.Hubs.Tests.Hubs;

/// <summary>A hub with one method of each shape that the generator knows.</summary>
public sealed class EchoHub : Hub<IEchoClient>
{
    public Task<string> Echo(string text) => Task.FromResult(text);

    public int Add(int left, int right) => left + right;

    public async ValueTask<Point> Mirror(Point point)
    {
        await Task.Yield();
        return new Point(-point.X, -point.Y);
    }

    public ValueTask Nothing() => ValueTask.CompletedTask;

    public void Void(string? maybe) => _ = maybe;

    public byte[] Bytes(byte[] data) => [.. data, 0xFF];

    public static bool NotCallable() => true;
}

public sealed record Point(double X, double Y);

public interface IEchoClient
{
    Task Receive(string text, Point point);

    ValueTask Tick(CancellationToken cancellationToken);
}
