namespace Serverless.EndToEnd.Fidelity.Drivers;

/// <summary>An official client that runs rows of the table against a backend.</summary>
internal interface IDriver
{
    /// <summary>The client's name in the names of tests and differences.</summary>
    string Name { get; }

    /// <summary>Runs rows, several at a time, and returns the record of each by name.</summary>
    Task<IReadOnlyDictionary<string, CaseRecord>> RunAsync(IReadOnlyList<FidelityCase> rows, Uri backend, string protocol);
}
