using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Rooms;

/// <summary>
/// Checks that the gateway's rooms, and the folders inside each room, import downwards only. The test reads the sources: <c>using</c>
/// lines, names written out with their room, and inside a room the names of its types, because a folder's namespace sees its parent's
/// types without a <c>using</c> line.
/// </summary>
public partial class RoomOrderTests
{
    internal static readonly string[] Order =
    [
        "Addressing", "Observability", "Limits", "Listening", "Metering", "Access", "Connections", "Backplane", "Storage", "Routing", "Upstream", "Dispatch",
        "Clients", "Management", "Admin", "Dashboard", "Hosting",
    ];

    // A room with sub-folders has a row: its folders, lowest first. A folder may use the types of the folders before it in its row, and of
    // no later one. "." stands for the files that lie in the room itself; "Redis/Streams" is a folder inside "Redis" and has a place of its
    // own. The file that registers the room's services (it extends IServiceCollection) may use all folders, so it has no place in the row.
    // To cut a room, add its row or a folder to its row here.
    internal static readonly Dictionary<string, string[]> Folders = new()
    {
        ["Observability"] = [".", "Secrets", "Spans", "LiveTracing"],
        ["Connections"] = ["Framing", "Draining", "Outboxes", "Lifetime", "Membership", "Upkeep"],
        ["Backplane"] =
        [
            ".", "Signing", "Ledger", "Redis", "Redis/Resp", "Redis/Shards", "Redis/Lanes", "Redis/Link", "Redis/Ledger", "Redis/Streams", "Redis/Messaging",
        ],
        ["Storage"] = [".", "Redis"],
        ["Routing"] = ["Filters", "Operations", "."],
        ["Upstream"] = ["Secrets", "Templates", "Calls", "Telemetry", "Hosts", "Sockets", "Requests", "Delivery"],
        ["Dispatch"] = ["Answers", "Streams", "Calls", "Ways", ".", "InProcess", "Nodes"],
        ["Clients"] =
        [
            "Sessions", "Admission", "Transports", "Transports/WebSockets", "Transports/ServerSentEvents", "Transports/LongPolling", "Relay", "Endpoints",
        ],
        ["Admin"] = [".", "Listing", "Live"],
        ["Hosting"] = [".", "Logs"],
    };

    private static readonly string Root = Path.Combine(BuiltProgram.RepositoryRoot, "src", "Gateway");

    [Fact]
    public void Every_folder_is_a_room_of_the_design()
    {
        var folders = Directory.GetDirectories(Root).Select(Path.GetFileName).Except(["bin", "obj", "node_modules", "Properties"]);
        Assert.Empty(folders.Except(Order));
    }

    [Fact]
    public void A_room_knows_only_rooms_above_it()
    {
        var arrows = 0;
        var wrong = new List<string>();
        foreach (var (file, room) in Sources())
        {
            var text = File.ReadAllText(file);
            Assert.Contains($"namespace {string.Join('.', ["Serverless.Gateway", .. Path.GetRelativePath(Root, Path.GetDirectoryName(file)!).Split('/')])};", text, StringComparison.Ordinal);
            foreach (var other in Mentioned(text, room))
            {
                arrows++;
                if (Array.IndexOf(Order, other) > Array.IndexOf(Order, room))
                {
                    wrong.Add($"{Path.GetRelativePath(Root, file)} uses {other}");
                }
            }
        }

        Assert.True(arrows > 50, "The sources were not read.");
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_folder_of_a_room_has_a_place()
    {
        var unplaced = from room in Order
                       let present = Sources(room).Where(static source => !source.Registers).Select(static source => source.Folder).Distinct().ToArray()
                       where present.Any(static folder => folder != ".")
                       from folder in present.Except(Folders.GetValueOrDefault(room, []))
                       select $"{room}: {folder}";
        Assert.Empty(unplaced);
    }

    [Fact]
    public void Every_place_is_a_folder_with_sources()
    {
        var missing = from row in Folders
                      from folder in row.Value.Except(Sources(row.Key).Where(static source => !source.Registers).Select(static source => source.Folder))
                      select $"{row.Key}: {folder}";
        Assert.Empty(missing);
    }

    [Fact]
    public void A_folder_of_a_room_knows_only_folders_before_it()
    {
        var arrows = 0;
        var wrong = new List<string>();
        foreach (var (room, folders) in Folders)
        {
            var sources = Sources(room).ToArray();
            var types = sources.Where(static source => !source.Registers)
                .SelectMany(static source => DeclaredTypes(source.Text).Select(type => (Type: type, source.Folder)))
                .ToLookup(static declared => declared.Type, static declared => declared.Folder);
            foreach (var source in sources.Where(static source => !source.Registers))
            {
                foreach (var (name, other) in MentionedFolders(source.Text, room, folders, types).Where(mention => mention.Folder != source.Folder))
                {
                    arrows++;
                    if (Array.IndexOf(folders, other) > Array.IndexOf(folders, source.Folder))
                    {
                        wrong.Add($"{Path.GetRelativePath(Root, source.File)} uses {name} of {room}/{other}");
                    }
                }
            }
        }

        Assert.True(arrows > 30, "The sources were not read.");
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
    }

    [Theory]
    [InlineData("using Serverless.Gateway.Storage.Redis;", "Redis")]
    [InlineData("using Serverless.Gateway.Storage.Redis.Streams;", "Redis/Streams")]
    [InlineData("using static Serverless.Gateway.Storage.Redis.RedisStore;", "Redis")]
    [InlineData("    private readonly RedisStore _store;", "Redis")]
    [InlineData("    Task<RedisStore?> OpenAsync();", "Redis")]
    [InlineData("    var store = new Redis.RedisStore();", "Redis")]
    [InlineData("    throw new IOException($\"{RedisStore.Name} is closed.\");", "Redis")]
    [InlineData("    var entry = Redis.Streams.StreamEntry.Empty;", "Redis/Streams")]
    [InlineData("    options.RedisStore = true;", null)]
    [InlineData("    // RedisStore does it", null)]
    [InlineData("    Open(); // not RedisStore", null)]
    [InlineData("    Open(\"a RedisStore\");", null)]
    [InlineData("    RedisStores.Open();", null)]
    public void The_reader_sees_every_way_to_name_a_folder(string line, string? folder)
    {
        var types = new[] { ("RedisStore", "Redis"), ("StreamEntry", "Redis/Streams") }.ToLookup(static one => one.Item1, static one => one.Item2);
        var mentioned = MentionedFolders(line, "Storage", [".", "Redis", "Redis/Streams"], types).Select(static mention => mention.Folder);
        Assert.Equal(folder is null ? [] : [folder], mentioned.Distinct());
    }

    [Theory]
    [InlineData("using Serverless.Gateway.Hosting;", "Hosting")]
    [InlineData("using static Serverless.Gateway.Hosting.Draining;", "Hosting")]
    [InlineData("using D = Serverless.Gateway.Hosting.Draining;", "Hosting")]
    [InlineData("using Serverless.Gateway.Clients.WebSockets;", "Clients")]
    [InlineData("[LoggerMessage(Observability.EventIds.Access + 1)]", "Observability")]
    [InlineData("var x = Hosting.Draining.Y;", "Hosting")]
    [InlineData("new Serverless.Gateway.Hosting.Draining()", "Hosting")]
    [InlineData("// Hosting.Draining does it", null)]
    [InlineData("/// <see cref=\"Hosting.Draining\"/>", null)]
    [InlineData("connection.Hosting.Draining", null)]
    [InlineData("\"Gateway:Clients.X\"", null)]
    [InlineData("Microsoft.Extensions.Hosting.IHost", null)]
    public void The_reader_sees_every_way_to_name_a_room(string line, string? room) =>
        Assert.Equal(room is null ? [] : [room], Mentioned(line, "Addressing"));

    private static IEnumerable<(string File, string Room)> Sources() =>
        from room in Order
        let folder = Path.Combine(Root, room)
        where Directory.Exists(folder)
        from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        select (file, room);

    private static IEnumerable<(string File, string Folder, string Text, bool Registers)> Sources(string room) =>
        from source in Sources()
        where source.Room == room
        let text = File.ReadAllText(source.File)
        let folder = Path.GetRelativePath(Path.Combine(Root, room), Path.GetDirectoryName(source.File)!)
        select (source.File, folder, text, text.Contains("(this IServiceCollection ", StringComparison.Ordinal));

    private static IEnumerable<string> DeclaredTypes(string text) => Declarations().Matches(text).Select(match => match.Groups["type"].Value).Distinct();

    // The folders whose namespaces are imported, and those whose types are named. A name behind a dot is a member, unless folders lead to it.
    private static IEnumerable<(string Name, string Folder)> MentionedFolders(
        string text, string room, string[] folders, ILookup<string, string> types)
    {
        var code = Ignored().Replace(text, match => match.Value.StartsWith('"') ? "\"\"" : "");
        foreach (var folder in folders.Where(static folder => folder != "."))
        {
            var space = $@"using (?:static )?(?:\w+ = )?Serverless\.Gateway\.{room}\.{folder.Replace("/", @"\.", StringComparison.Ordinal)}";
            if (Regex.IsMatch(code, $@"{space}(?:;|\.(?!(?:{string.Join('|', folders.Select(Path.GetFileName))})\b))"))
            {
                yield return ("the namespace", folder);
            }
        }

        var leading = string.Join('|', folders.SelectMany(static folder => folder.Split('/')).Where(static name => name != ".").Distinct());
        foreach (var name in Regex.Matches(code, $@"(?<![\w.])(?:(?:Serverless|Gateway|{room}|{leading})\.)*(?<name>\w+)").Select(match => match.Groups["name"].Value).Distinct())
        {
            foreach (var folder in types[name].Distinct())
            {
                yield return (name, folder);
            }
        }
    }

    private static IEnumerable<string> Mentioned(string text, string own) =>
        text.Split('\n')
            .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .SelectMany(line => Names().Matches(line).Select(match => match.Groups["room"].Value))
            .Where(name => name != own && Order.Contains(name))
            .Distinct();

    // "Serverless.Gateway.Room", or "Room.Type" that no other name leads to.
    [GeneratedRegex(@"(?<![\w.:""])(?:Serverless\.Gateway\.(?<room>\w+)|(?<room>\w+)(?=\.[A-Z]))")]
    private static partial Regex Names();

    // A type of a file; nested types are indented.
    [GeneratedRegex(@"^(?:[a-z]+ )*(?:class|interface|struct|record(?: struct| class)?|enum) (?<type>\w+)", RegexOptions.Multiline)]
    private static partial Regex Declarations();

    // Comments, and the text of strings that have no holes.
    [GeneratedRegex(@"//.*|(?<!\$)""(?:\\.|[^""\\\n])*""")]
    private static partial Regex Ignored();
}
