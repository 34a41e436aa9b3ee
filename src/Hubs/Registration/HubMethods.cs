using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Serverless.Hubs.Execution;

namespace Serverless.Hubs.Registration;

/// <summary>The methods of a hub that clients can call, found by the rules of ASP.NET Core's dispatcher.</summary>
internal sealed class HubMethods
{
    private readonly FrozenDictionary<string, MethodInfo> _methods;

    private HubMethods(IEnumerable<MethodInfo> methods) =>
        _methods = methods.ToFrozenDictionary(NameOf, StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets the names that clients call, as they are written in the class.</summary>
    public IReadOnlyList<string> Names => _methods.Keys;

    public IReadOnlyList<MethodInfo> All => _methods.Values;

    /// <summary>Gets the methods that take a stream from the client, which a request cannot carry.</summary>
    public IEnumerable<string> TakingStreams => _methods.Where(static method => TakesStream(method.Value)).Select(static method => method.Key);

    public static HubMethods Of([DynamicallyAccessedMembers(HubMembers.Needed)] Type hubType)
    {
        var methods = hubType.GetMethods(BindingFlags.Public | BindingFlags.Instance).Where(IsHubMethod).ToList();
        var repeated = methods.GroupBy(NameOf, StringComparer.OrdinalIgnoreCase).FirstOrDefault(static group => group.Count() > 1);
        return repeated is null
            ? new HubMethods(methods)
            : throw new NotSupportedException($"Duplicate definitions of '{repeated.Key}' in {hubType}. Overloading is not supported.");
    }

    public bool Contains(string name) => _methods.ContainsKey(name);

    private static bool IsHubMethod(MethodInfo method)
    {
        var declaring = method.GetBaseDefinition().DeclaringType;
        return !method.IsSpecialName && declaring != typeof(object) && declaring != typeof(Hub) && declaring?.Namespace != typeof(IDisposable).Namespace
            && !(declaring is { IsGenericType: true } && declaring.GetGenericTypeDefinition() == typeof(Hub<>));
    }

    private static string NameOf(MethodInfo method) => method.GetCustomAttribute<HubMethodNameAttribute>()?.Name ?? method.Name;

    private static bool TakesStream(MethodInfo method) => method.GetParameters().Any(static parameter =>
        parameter.ParameterType is { IsGenericType: true } type
        && (type.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>) || type.GetGenericTypeDefinition() == typeof(ChannelReader<>)));
}
