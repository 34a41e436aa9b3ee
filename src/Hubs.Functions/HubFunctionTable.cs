using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using Serverless.Hubs.Registration;
using Serverless.Protocol;

namespace Serverless.Hubs.Functions;

/// <summary>
/// The functions of all hubs by name. It depends only on the hubs and their options: the host asks one worker process for the functions, and
/// each process runs them.
/// </summary>
/// <remarks>
/// <code>
/// chat-negotiate       chat/negotiate
/// chat-connected       upstream/chat/connections/connected
/// chat-disconnected    upstream/chat/connections/disconnected
/// chat-Say             upstream/chat/messages/Say
/// upstream             upstream/{hub}/{category}/{event}
/// </code>
/// </remarks>
internal sealed partial class HubFunctionTable
{
    private const string Hub = "hub";
    private const string Category = "category";
    private const string Event = "event";

    private readonly List<HubFunction> _functions = [];
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly FrozenDictionary<string, HubFunction> _byName;

    public HubFunctionTable(IEnumerable<IServerlessHub> hubs, IOptionsMonitor<HubFunctionsOptions> options)
    {
        var general = new OrderedDictionary<string, AuthorizationLevel>(StringComparer.OrdinalIgnoreCase);
        foreach (var hub in hubs)
        {
            var hubOptions = options.Get(OptionsName(hub.HubType));
            if (hubOptions.NegotiateRoute is { } negotiate)
            {
                Add($"{hub.Name}-negotiate", Literal(negotiate, Hub, hub.Name), hubOptions.NegotiateAuthLevel, hub, []);
            }

            if (hubOptions.UpstreamRoute is { } route)
            {
                // Hubs that share a route share its function, which then needs the strictest key.
                general[route] = Max(general.GetValueOrDefault(route), hubOptions.UpstreamAuthLevel);
                if (hubOptions.FunctionPerMethod)
                {
                    AddMethods(hub, route, hubOptions.UpstreamAuthLevel);
                }
            }
        }

        foreach (var (route, level) in general)
        {
            Add("upstream", route, level, negotiates: null, []);
        }

        _byName = _functions.ToFrozenDictionary(static function => function.Name);
    }

    public IReadOnlyList<HubFunction> Functions => _functions;

    public static string OptionsName(Type hubType) => hubType.AssemblyQualifiedName!;

    public HubFunction? Find(string name) => _byName.GetValueOrDefault(name);

    private void AddMethods(IServerlessHub hub, string route, AuthorizationLevel level)
    {
        if (!route.Contains($"{{{Category}}}", StringComparison.OrdinalIgnoreCase) || !route.Contains($"{{{Event}}}", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        // Other names have no literal form in a route, and keep to the general one.
        AddEvent(UpstreamCategories.Connections, UpstreamCategories.Connected);
        AddEvent(UpstreamCategories.Connections, UpstreamCategories.Disconnected);
        foreach (var method in hub.Methods.Names.Where(static name => PlainName().IsMatch(name)).Order(StringComparer.Ordinal))
        {
            AddEvent(UpstreamCategories.Messages, method);
        }

        void AddEvent(string category, string name) => Add(
            $"{hub.Name}-{name}",
            Literal(Literal(Literal(route, Hub, hub.Name), Category, category), Event, name),
            level,
            negotiates: null,
            [new(Hub, hub.Name), new(Category, category), new(Event, name)]);
    }

    // A hub method may be called 'connected' or 'negotiate', too.
    private void Add(
        string name, string route, AuthorizationLevel level, IServerlessHub? negotiates, IReadOnlyList<KeyValuePair<string, string>> routeValues)
    {
        var unique = name;
        for (var number = 2; !_names.Add(unique); number++)
        {
            unique = $"{name}-{number}";
        }

        _functions.Add(new HubFunction(unique, route, level) { Negotiates = negotiates, RouteValues = routeValues });
    }

    private static string Literal(string route, string parameter, string value) =>
        route.Replace($"{{{parameter}}}", value, StringComparison.OrdinalIgnoreCase);

    private static AuthorizationLevel Max(AuthorizationLevel left, AuthorizationLevel right) => left > right ? left : right;

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_-]{0,60}$")]
    private static partial Regex PlainName();
}
