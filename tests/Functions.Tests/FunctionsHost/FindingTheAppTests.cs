using Serverless.FunctionsHost;
using Serverless.FunctionsHost.Apps;
using Serverless.Support.Processes;

namespace Serverless.Functions.Tests.FunctionsHost;

/// <summary>Rules 1 to 5, 8 and 13: the files that the host reads and the values that it takes from them.</summary>
public class FindingTheAppTests
{
    private static readonly Dictionary<string, string?> NoSettings = [];

    // The files of an app that dotnet new serverless-hubs --host custom creates.
    private static readonly string CustomApp = Path.Combine(BuiltProgram.RepositoryRoot, "src", "Templates", "serverless-hubs", "custom");

    [Fact, Rule(1)]
    public void The_template_s_custom_handler_has_its_host_file_at_the_root()
    {
        var host = HostFile.Read(CustomApp, NoSettings);

        Assert.Equal("serverless-app", host.Handler!.Executable);
        Assert.Equal(HandlerMode.Proxy, host.Handler.Mode);
        Assert.Equal("api", host.RoutePrefix);
    }

    [Theory, Rule(1)]
    [InlineData("""{ "version": "2.0" }""")]
    [InlineData("""{ "version": "2.0", "customHandler": { "enableProxyingHttpRequest": true } }""")]
    [InlineData("""{ "version": "2.0", "customHandler": { "description": { "defaultExecutablePath": "" }, "enableProxyingHttpRequest": true } }""")]
    [InlineData("""{ "customHandler": { "description": { "defaultExecutablePath": "handler" }, "enableProxyingHttpRequest": true } }""")]
    public async Task A_host_file_that_says_nothing_to_run_is_refused(string host)
    {
        using var app = new AppFolder(host);

        await Assert.ThrowsAsync<InvalidDataException>(() => FunctionsHostApp.StartAsync(app.Root));
    }

    [Fact, Rule(2)]
    public void The_template_s_custom_handler_has_its_three_functions()
    {
        var errors = new Dictionary<string, string>();

        var functions = FunctionFiles.ReadFolders(CustomApp, errors);

        Assert.Equal(["negotiate", "page", "upstream"], functions.Select(function => function.Name));
        Assert.All(functions, function => Assert.Equal(AuthLevel.Anonymous, function.Http!.AuthLevel));
        Assert.Empty(errors);
    }

    [Fact, Rule(2)]
    public void Functions_are_found_only_beside_the_host_file_and_bad_ones_are_left_out()
    {
        using var app = new AppFolder()
            .WithFunction("good")
            .WithFunction("deeper/nested")
            .WithFunction("9digits")
            .WithFunction("host")
            .Write("broken/function.json", "{")
            .Write("empty/function.json", """{ "bindings": [] }""")
            .Write("assets/readme.txt", "no function");
        var errors = new Dictionary<string, string>();

        var functions = FunctionFiles.ReadFolders(app.Root, errors);

        Assert.Equal(["good"], functions.Select(function => function.Name));
        Assert.Equal(["9digits", "broken", "empty", "host"], errors.Keys.Order());
    }

    [Theory, Rule(13)]
    [InlineData("admin/things")]
    [InlineData("/Runtime/hook")]
    [InlineData("administration")]
    public void A_route_in_the_host_s_own_space_leaves_its_function_out(string route)
    {
        using var app = new AppFolder().WithFunction("taken", $"\"route\": \"{route}\"");
        var errors = new Dictionary<string, string>();

        Assert.Empty(FunctionFiles.ReadFolders(app.Root, errors));
        Assert.Equal("The specified route conflicts with one or more built in routes.", errors["taken"]);
    }

    [Fact, Rule(3)]
    public void The_executable_is_a_file_of_the_app_or_else_a_command()
    {
        using var app = new AppFolder();

        Assert.Equal("handler", HostFile.Read(app.Root, NoSettings).Handler!.Executable);
        app.Write("handler", "");
        Assert.Equal(Path.Combine(app.Root, "handler"), HostFile.Read(app.Root, NoSettings).Handler!.Executable);
    }

    [Fact, Rule(3)]
    public void Arguments_may_name_settings_and_the_working_directory_is_below_the_root()
    {
        using var app = new AppFolder("""
            { "version": "2.0", "customHandler": { "enableProxyingHttpRequest": true, "description": {
              "defaultExecutablePath": "dotnet", "arguments": ["app.dll", "--key=%KEY%", "%NOTHING%"], "workingDirectory": "bin" } } }
            """);

        var handler = HostFile.Read(app.Root, new Dictionary<string, string?> { ["KEY"] = "value" }).Handler!;

        Assert.Equal(["app.dll", "--key=value", "%NOTHING%"], handler.Arguments);
        Assert.Equal(Path.Combine(app.Root, "bin"), handler.WorkingDirectory);
    }

    [Fact, Rule(4)]
    public async Task The_handler_is_told_its_port_its_id_and_the_root()
    {
        using var app = new AppFolder();
        await using var handler = new EchoHandler();
        await using var host = await handler.StartHostAsync(app.Root);

        Assert.True(await host.WhenReady); // the handler listens on that port
        Assert.True(int.TryParse(handler.Environment["FUNCTIONS_CUSTOMHANDLER_PORT"], out _));
        Assert.Equal(handler.Environment["FUNCTIONS_CUSTOMHANDLER_PORT"], handler.Environment["FUNCTIONS_HTTPWORKER_PORT"]);
        Assert.NotEmpty(handler.Environment["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"]!);
        Assert.Equal(app.Root, handler.Environment["FUNCTIONS_APP_ROOT_PATH"]);
    }

    [Fact, Rule(5)]
    public async Task App_settings_are_the_handler_s_environment()
    {
        using var app = new AppFolder().Write("local.settings.json", """{ "Values": { "FROM_FILE": "file", "FROM_BOTH": "file" } }""");
        await using var handler = new EchoHandler();
        var variables = new Dictionary<string, string?> { ["FROM_BOTH"] = "environment" };
        await using var host = await handler.StartHostAsync(app.Root, variables);

        Assert.Equal("file", handler.Environment["FROM_FILE"]);
        Assert.Equal("environment", handler.Environment["FROM_BOTH"]);
    }

    [Theory, Rule(8)]
    [InlineData("""{ "version": "2.0", "customHandler": { "description": { "defaultExecutablePath": "h" }, "enableProxyingHttpRequest": true } }""", "api")]
    [InlineData("""{ "version": "2.0", "customHandler": { "description": { "defaultExecutablePath": "h" }, "enableProxyingHttpRequest": true }, "extensions": { "http": { "routePrefix": "v2/x" } } }""", "v2/x")]
    [InlineData("""{ "version": "2.0", "customHandler": { "description": { "defaultExecutablePath": "h" }, "enableProxyingHttpRequest": true }, "extensions": { "http": { "routePrefix": "" } } }""", "")]
    public void The_route_prefix_is_api_unless_the_host_file_says_otherwise(string file, string prefix)
    {
        using var app = new AppFolder(file);

        Assert.Equal(prefix, HostFile.Read(app.Root, NoSettings).RoutePrefix);
    }
}
