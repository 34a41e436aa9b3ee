using Serverless.EndToEnd.Fidelity.Backends;
using Serverless.EndToEnd.Fidelity.Cases;
using Serverless.Support.Processes;

namespace Serverless.EndToEnd.Fidelity;

/// <summary>The fidelity part of <c>docs/hubs.md</c> matches the table. <c>docs/generate.sh</c> writes it.</summary>
public sealed class FidelityDocumentTests
{
    private static readonly string File = Path.Combine(BuiltProgram.RepositoryRoot, "docs", "hubs.md");

    [Fact]
    public void The_document_has_the_differences_and_rows_of_the_table()
    {
        var document = System.IO.File.ReadAllText(File);
        var written = FidelityDocument.Put(document);
        if (Environment.GetEnvironmentVariable("WRITE_DOCUMENTS") == "true")
        {
            System.IO.File.WriteAllText(File, written);
            return;
        }

        var missing = written.Split('\n').Except(document.Split('\n')).FirstOrDefault();
        Assert.True(written == document, $"docs/hubs.md is out of date; run: bash docs/generate.sh\n{missing}");
    }

    [Fact]
    public void The_table_has_rows_for_every_hub_and_every_difference()
    {
        Assert.True(FidelityTable.All.Count >= 80, "The table has lost rows.");
        Assert.Equal(FidelityTable.All.Count, FidelityTable.All.Select(row => row.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.Empty(HubApp.Hubs.Except(FidelityTable.All.Select(row => row.Hub)));
        var names = FidelityTable.All.Select(row => row.Name).ToHashSet(StringComparer.Ordinal);
        Assert.All(KnownDifference.All.SelectMany(one => one.Rows), known => Assert.Contains(known.Row, names));
    }
}
