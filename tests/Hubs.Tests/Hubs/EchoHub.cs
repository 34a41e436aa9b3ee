using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

namespace Serverless.Hubs.Tests.Hubs;

/// <summary>A hub with one method of each shape that the framework runs, and arguments of many types.</summary>
public sealed class EchoHub : Hub
{
    public Task<string> Echo(string text) => Task.FromResult(text);

    public int Add(int left, int right) => left + right;

    public async ValueTask<Point> Mirror(Point point)
    {
        await Task.Yield();
        return new Point(-point.X, -point.Y);
    }

    public ValueTask Nothing() => ValueTask.CompletedTask;

    public Task NothingEither() => Task.CompletedTask;

    public void Void(string? maybe) => _ = maybe;

    public byte[] Bytes(byte[] data) => [.. data, 0xFF];

    public string Ticks(DateTime time) => $"{time.Ticks} {time.Kind}";

    public double Double(double value) => value;

    public ulong Big(ulong value) => value;

    public Color? Paint(Color? color) => color;

    public Dictionary<string, int[]> Table(Dictionary<string, int[]> table) => table;

    public JsonElement Raw(JsonElement any) => any;

    public string? Null(string? text) => text;

    [HubMethodName("say-hi")]
    public string Hi() => "hi";

    public static bool NotCallable() => true;

    internal bool NotCallableEither() => true;
}

public sealed record Point(double X, double Y);

public enum Color
{
    Red,
    Green,
}
