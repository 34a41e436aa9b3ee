using System.Text.RegularExpressions;
using Serverless.Support.Processes;

namespace Serverless.Gateway.Tests.Rooms;

/// <summary>
/// The gateway's folders have an order, and each knows only those above it. Read from the sources: the <c>using</c> lines, and names
/// that are written out with their room.
/// </summary>
public partial class RoomOrderTests
{
    internal static readonly string[] Order =
    [
        "Addressing", "Observability", "Limits", "Listening", "Metering", "Access", "Connections", "Backplane", "Storage", "Routing", "Upstream", "Dispatch",
        "Clients", "Management", "Admin", "Dashboard", "Hosting",
    ];

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
            Assert.Contains($"namespace Serverless.Gateway.{room}", text, StringComparison.Ordinal);
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

    private static IEnumerable<string> Mentioned(string text, string own) =>
        text.Split('\n')
            .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .SelectMany(line => Names().Matches(line).Select(match => match.Groups["room"].Value))
            .Where(name => name != own && Order.Contains(name))
            .Distinct();

    // "Serverless.Gateway.Room", or "Room.Type" that no other name leads to.
    [GeneratedRegex(@"(?<![\w.:""])(?:Serverless\.Gateway\.(?<room>\w+)|(?<room>\w+)(?=\.[A-Z]))")]
    private static partial Regex Names();
}
