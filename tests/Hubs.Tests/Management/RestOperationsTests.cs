using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Serverless.Hubs.Management;
using Serverless.Hubs.Tests.Support;
using Serverless.Support.Processes;

namespace Serverless.Hubs.Tests.Management;

/// <summary>
/// Checks the client against the facts of the official OpenAPI documents: it has a call for every operation of the newest version and of
/// the lists that only v1-preview has, and for each of their query parameters.
/// </summary>
public sealed class RestOperationsTests : IAsyncLifetime
{
    private GatewayRecorder _gateway = null!;

    public async Task InitializeAsync() => _gateway = await GatewayRecorder.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task Every_operation_and_parameter_of_the_newest_version_can_be_called()
    {
        var operations = Operations("v20241201");
        Assert.Equal(26, operations.Count);
        Assert.Empty(operations.SelectMany(Parts).Except(await CalledAsync("v20241201")));
    }

    [Fact]
    public async Task The_lists_of_the_oldest_version_can_be_called_and_the_rest_of_it_has_newer_forms()
    {
        var called = await CalledAsync("v1-preview");
        var missing = Operations("v1-preview").SelectMany(Parts).Except(called).Order(StringComparer.Ordinal);
        Assert.Equal(
            ["POST /api/v1-preview/hub/{hub}", "POST /api/v1-preview/hub/{hub}/group/{group}", "POST /api/v1-preview/hub/{hub}/user/{id}"], missing);
    }

    [Fact]
    public async Task Nothing_is_called_that_no_document_has()
    {
        await CallAllAsync();
        var known = Operations("v1-preview").Concat(Operations("v20241201")).ToList();
        Assert.All(_gateway.Take(), request => Assert.Contains(known, operation => operation.Matches(request)));
    }

    private static IEnumerable<string> Parts(Operation operation) =>
        operation.Query.Select(name => $"{operation.Name}?{name}").Prepend(operation.Name);

    private static List<Operation> Operations(string version)
    {
        var path = Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Gateway.Tests", "Contract", "contract.json");
        using var contract = JsonDocument.Parse(File.ReadAllText(path));
        return
        [
            .. contract.RootElement.EnumerateArray().Single(document => document.GetProperty("name").GetString() == version)
                .GetProperty("operations").EnumerateArray()
                .Select(operation => new Operation(
                    operation.GetProperty("method").GetString()!,
                    operation.GetProperty("path").GetString()!,
                    [
                        .. operation.GetProperty("parameters").EnumerateArray()
                            .Where(parameter => parameter.GetProperty("in").GetString() == "query")
                            .Select(parameter => parameter.GetProperty("name").GetString()!),
                    ])),
        ];
    }

    /// <summary>Returns the operations and parameters that the requests of all calls use.</summary>
    private async Task<HashSet<string>> CalledAsync(string version)
    {
        await CallAllAsync();
        var called = new HashSet<string>(StringComparer.Ordinal);
        foreach (var request in _gateway.Take())
        {
            foreach (var operation in Operations(version).Where(operation => operation.Matches(request)))
            {
                called.Add(operation.Name);
                called.UnionWith(QueryHelpers.ParseQuery(request.Query).Keys.Select(name => $"{operation.Name}?{name}"));
            }
        }

        return called;
    }

    private async Task CallAllAsync()
    {
        _gateway.Answer = context => context.Response.WriteAsync(
            context.Request.Path.Value!.EndsWith("/connections", StringComparison.Ordinal) && context.Request.Query["continuationToken"].Count == 0
                ? """{"value":[{"connectionId":"c"}],"nextLink":"http://h/?continuationToken=t"}"""
                : GatewayClientTests.AnswerTo(context.Request.Path));
        foreach (var application in (string?[])[null, "app"])
        {
            var client = new GatewayClient(
                $"Endpoint={_gateway.Address};AccessKey={HubHost.Key}", "chathub", new GatewayClientOptions { Application = application });
            foreach (var row in GatewayClientTests.Operations)
            {
                await ((Func<GatewayClient, Task>)row[1])(client);
            }
        }
    }

    private sealed record Operation(string Method, string Path, IReadOnlyList<string> Query)
    {
        public string Name => $"{Method} {Path}";

        /// <summary>Returns true when a request is of this operation: its method, and its path with any text in place of each parameter.</summary>
        public bool Matches(RecordedRequest request)
        {
            var (pattern, path) = (Path.Split('/'), request.Path.Split('/'));
            return Method == request.Method && pattern.Length == path.Length
                && pattern.Zip(path).All(pair => pair.First.StartsWith('{') || pair.First == pair.Second);
        }
    }
}
