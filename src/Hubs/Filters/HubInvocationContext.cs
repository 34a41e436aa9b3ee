using Serverless.Hubs.Descriptors;

namespace Serverless.Hubs;

/// <summary>A call of a hub method, as filters see it.</summary>
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

    /// <summary>The instance that the method will run on.</summary>
    public Hub Hub { get; }

    /// <summary>Who called.</summary>
    public HubCallerContext Context => Hub.Context;

    /// <summary>The services of the call's scope.</summary>
    public IServiceProvider ServiceProvider { get; }

    /// <summary>The method's name as the wire has it.</summary>
    public string HubMethodName => _method.Name;

    /// <summary>Whether the method gives a stream.</summary>
    public bool IsStream => _method.IsStream;

    /// <summary>How many arguments the client gave, which is how many the method takes.</summary>
    public int ArgumentCount => _method.Parameters.Count;

    /// <summary>Reads an argument; the method reads it anew.</summary>
    public T? GetArgument<T>(int index) => _call.Read<T>(index);
}

/// <summary>The begin or the end of a connection, as filters see it.</summary>
public sealed class HubLifetimeContext
{
    internal HubLifetimeContext(Hub hub, IServiceProvider serviceProvider)
    {
        Hub = hub;
        ServiceProvider = serviceProvider;
    }

    /// <summary>The instance that will be told.</summary>
    public Hub Hub { get; }

    /// <summary>Whose connection it is.</summary>
    public HubCallerContext Context => Hub.Context;

    /// <summary>The services of the call's scope.</summary>
    public IServiceProvider ServiceProvider { get; }
}

/// <summary>A filter that was added to one hub, or to all if <paramref name="HubType"/> is null.</summary>
internal sealed record HubFilterRegistration(Type? HubType, Func<IServiceProvider, IHubFilter> Create);
