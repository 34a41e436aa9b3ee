using Serverless.Support.Processes;

namespace Serverless.Fuzz.Runs;

/// <summary>Reads the input files of a parser, from which further inputs are made.</summary>
internal static class Corpus
{
    private static readonly string Folder = Path.Combine(BuiltProgram.RepositoryRoot, "tests", "Fuzz", "Corpus");

    /// <summary>Reads every file of a folder, ordered by name.</summary>
    public static IReadOnlyList<CorpusFile> Read(string folder)
    {
        var files = Directory.GetFiles(Path.Combine(Folder, folder))
            .Order(StringComparer.Ordinal)
            .Select(static path => new CorpusFile(Path.GetFileName(path), File.ReadAllBytes(path)))
            .ToList();
        Assert.NotEmpty(files);
        return files;
    }
}

/// <summary>An input file.</summary>
internal sealed record CorpusFile(string Name, byte[] Bytes);
