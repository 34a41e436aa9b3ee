using Microsoft.AspNetCore.SignalR;

namespace Serverless.Hubs.Sending;

/// <summary>Gives the hub protocols the type of a client's result.</summary>
/// <typeparam name="T">The type.</typeparam>
internal sealed class ResultBinder<T> : IInvocationBinder
{
    public static ResultBinder<T> Instance { get; } = new();

    public Type GetReturnType(string invocationId) => typeof(T);

    public IReadOnlyList<Type> GetParameterTypes(string methodName) => throw new InvalidOperationException("A client's answer has no parameters.");

    public Type GetStreamItemType(string streamId) => throw new InvalidOperationException("A client's answer has no stream.");
}
