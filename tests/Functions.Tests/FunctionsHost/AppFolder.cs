using Serverless.FunctionsHost.Apps;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>A fake function app in a folder of its own, for tests of the host's rules.</summary>
internal sealed class AppFolder : IDisposable
{
    private const string DefaultHost = """
        { "version": "2.0", "customHandler": { "description": { "defaultExecutablePath": "handler" }, "enableProxyingHttpRequest": true } }
        """;

    public AppFolder(string host = DefaultHost) => Write(HostFile.Name, host);

    public string Root { get; } = Directory.CreateTempSubdirectory("functions-host-").FullName;

    public static string HostWith(string customHandler = "", string routePrefix = "api") => $$"""
        {
          "version": "2.0",
          "customHandler": {
            "description": { "defaultExecutablePath": "handler" },
            {{(customHandler.Length == 0 ? "\"enableProxyingHttpRequest\": true" : customHandler)}}
          },
          "extensions": { "http": { "routePrefix": "{{routePrefix}}" } }
        }
        """;

    /// <summary>Adds an HTTP function; <paramref name="trigger"/> is additional JSON of its trigger, such as a route.</summary>
    public AppFolder WithFunction(string name, string trigger = "\"authLevel\": \"anonymous\"") => Write($"{name}/{FunctionFiles.FunctionFile}", $$"""
        { "bindings": [
          { "type": "httpTrigger", "direction": "in", "name": "req", {{trigger}} },
          { "type": "http", "direction": "out", "name": "res" }
        ] }
        """);

    public AppFolder Write(string path, string content)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, content);
        return this;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
