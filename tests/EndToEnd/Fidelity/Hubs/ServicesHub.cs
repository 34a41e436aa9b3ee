using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.EndToEnd.Fidelity.Hubs;

/// <summary>Services in the constructor and in methods.</summary>
public sealed class ServicesHub(Till till, IServiceProvider services) : Hub
{
    public string Constructor() => till.Name;

    public string FromServices([FromServices] Till given) => given.Name;

    public string Implicit(Till given, int number) => $"{given.Name} {number}";

    public string Between(int first, [FromServices] Till given, int second) => $"{first} {given.Name} {second}";

    public string Keyed([FromKeyedServices("red")] IPaint red, [FromKeyedServices("blue")] IPaint blue) => $"{red.Name} {blue.Name}";

    public bool IsOneScope([FromServices] Till given) => ReferenceEquals(given, till) && ReferenceEquals(services.GetService<Till>(), till);

    public bool IsNewScope([FromServices] Ledger ledger) => ledger.IsFirstUse(till);
}

/// <summary>A scoped service.</summary>
public sealed class Till
{
    public string Name => "till";
}

/// <summary>A singleton that remembers the scoped services that it has seen.</summary>
public sealed class Ledger
{
    private readonly System.Runtime.CompilerServices.ConditionalWeakTable<Till, object> _seen = [];

    public bool IsFirstUse(Till till) => _seen.TryAdd(till, this);
}

/// <summary>A keyed service.</summary>
public interface IPaint
{
    string Name { get; }
}

/// <summary>Paint of one colour.</summary>
public sealed class Paint(string name) : IPaint
{
    public string Name => name;
}
