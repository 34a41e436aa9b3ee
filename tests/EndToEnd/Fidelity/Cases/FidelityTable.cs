namespace Serverless.EndToEnd.Fidelity.Cases;

/// <summary>All rows of the fidelity table.</summary>
internal static class FidelityTable
{
    public static IReadOnlyList<FidelityCase> All { get; } = [.. ValueCases.All, .. CallCases.All, .. ConnectionCases.All];

    public static FidelityCase Find(string name) => All.Single(row => row.Name == name);
}
