using Serverless.Hubs.Descriptors;

namespace Serverless.Hubs;

/// <summary>Represents the invocation of a hub method, for hub filters.</summary>
public sealed class HubInvocationContext
{
    private readonly HubMethod _method;
    private readonly HubCall _call;

    internal HubInvocationContext(Hub hub, IServiceProvider serviceProvider, HubMethod method, HubCall call)
    {
        Hub = hub;
        ServiceProvider = serviceProvider;
        _method = method;
        _call = call;
    }

    /// <summary>Gets the hub instance that the method runs on.</summary>
    public Hub Hub { get; }

    /// <summary>Gets the context of the caller.</summary>
    public HubCallerContext Context => Hub.Context;

    /// <summary>Gets the services of the invocation's scope.</summary>
    public IServiceProvider ServiceProvider { get; }

    /// <summary>Gets the name of the method on the wire.</summary>
    public string HubMethodName => _method.Name;

    /// <summary>Gets a value that indicates whether the method returns a stream.</summary>
    public bool IsStream => _method.IsStream;

    /// <summary>Gets the number of arguments, which equals the number of parameters that clients pass.</summary>
    public int ArgumentCount => _method.Parameters.Count;

    /// <summary>Reads an argument. The method receives an instance of its own.</summary>
    /// <typeparam name="T">The type of the argument.</typeparam>
    /// <param name="index">The argument's index.</param>
    /// <returns>The argument.</returns>
    public T? GetArgument<T>(int index) => _call.Read<T>(index);
}

/// <summary>Represents the start or the end of a connection, for hub filters.</summary>
public sealed class HubLifetimeContext
{
    internal HubLifetimeContext(Hub hub, IServiceProvider serviceProvider)
    {
        Hub = hub;
        ServiceProvider = serviceProvider;
    }

    /// <summary>Gets the hub instance that the event method runs on.</summary>
    public Hub Hub { get; }

    /// <summary>Gets the context of the client.</summary>
    public HubCallerContext Context => Hub.Context;

    /// <summary>Gets the services of the event's scope.</summary>
    public IServiceProvider ServiceProvider { get; }
}

/// <summary>The registration of a filter for one hub, or for all hubs if <paramref name="HubType"/> is null.</summary>
internal sealed record HubFilterRegistration(Type? HubType, Func<IServiceProvider, IHubFilter> Create);
