using System.Text;
using Serverless.Fuzz.Runs;
using Serverless.Protocol;
using Serverless.Protocol.Tests.Oracle;
using Xunit.Abstractions;

namespace Serverless.Fuzz.Oracle;

/// <summary>
/// The project's own MessagePack against the MessagePack package and ASP.NET Core's protocol: both read the same from an input, or both
/// refuse it, but for the differences that are named here.
/// </summary>
public sealed class MessagePackTests(ITestOutputHelper output)
{
    private const int UsualCases = 4000;

    // The package recurses for each level that it skips; a longer input could end its stack.
    private const int MostBytesOfRefused = 2048;

    private const int MostValues = 64;

    private const string Both = "read the same by both";
    private const string Neither = "refused by both";
    private const string RefusedHere = "refused here";

    // Differences in what is refused: the reason, and the start of the error's message that shows it.
    private static readonly (string Reason, string Message)[] RefusedOnlyHere =
    [
        ("only here refused: fewer elements than fields", "A hub message's array has "),
        ("only here refused: fewer elements than fields", "A hub message's array is empty."),
        ("only here refused: limits of ids and headers", "The invocation ID has "),
        ("only here refused: limits of ids and headers", "A header's name has "),
        ("only here refused: limits of ids and headers", "A header's value has "),
        ("only here refused: limits of ids and headers", "The message has more than "),
    ];

    private static readonly (string Reason, string Message)[] RefusedOnlyThere =
    [
        ("only there refused: nil headers", "Reading map length for 'headers' failed. Unexpected msgpack code 192 "),
        ("only there refused: a header's name twice", "An item with the same key has already been added."),
        ("only there refused: an empty header", "Null or empty key in header"),
        ("only there refused: an empty header", "Null or empty value in header"),
        ("only there refused: an empty target", "Null or empty target for "),
        ("only there refused: stream ids that are not text", "Null or empty value in streamIds"),
        ("only there refused: stream ids that are not text", "Reading array length for 'streamIds' failed."),
        ("only there refused: stream ids that are not text", "Unexpected msgpack code "),
        ("only there refused: nil as allowReconnect", "Reading 'allowReconnect' as Boolean failed. Unexpected msgpack code 192 "),
    ];

    // The package expects as many bytes as there are elements that it has not read yet; here only those before the last known field are read.
    private const string Incomplete = "only there refused: elements announced that do not follow";

    [Fact]
    public async Task A_value_is_read_and_skipped_as_by_the_package()
    {
        const string Deep = "only here refused: deeper than 64 levels";
        const string Counts = "only here refused: a count of 2^31 or more";
        var tally = new Tally(Both, Neither, Deep, Counts);
        await FuzzRun.RunAsync("values", (input, _) =>
        {
            var at = 0;
            for (var left = MostValues; left > 0 && at < input.Length; left--)
            {
                var rest = input.AsMemory(at);
                var read = OwnValues.Read(rest);
                var skipped = OwnValues.Skip(rest);
                var theirs = OracleValues.Read(rest);
                Assert.Equal((read.IsAccepted, read.Bytes), (skipped.IsAccepted, skipped.Bytes));
                Assert.Equal((theirs.Text, theirs.Bytes), (read.Text, read.Bytes));
                if (read.IsAccepted)
                {
                    Assert.Equal(read.Bytes, OracleValues.Skip(rest).Bytes);
                    tally.Add(Both);
                    at += read.Bytes;
                    continue;
                }

                // Both refuse to read it. The package may still skip it, for a reason that its own reader shows.
                var isSkippedThere = input.Length <= MostBytesOfRefused && OracleValues.Skip(rest).IsAccepted;
                if (isSkippedThere)
                {
                    Assert.True(
                        theirs.Refusal == OracleValues.TooDeep || theirs.Refusal == new EndOfStreamException().Message,
                        $"The package skips what it refuses to read: {theirs.Refusal}");
                }

                tally.Add(!isSkippedThere ? Neither : theirs.Refusal == OracleValues.TooDeep ? Deep : Counts);
                return;
            }
        }, UsualCases, Generated.Value);
        tally.Finish(output, UsualCases);
    }

    [Fact]
    public async Task A_hub_message_is_read_and_written_as_by_asp_net_core()
    {
        var tally = new Tally(
            [Both, Neither, "not complete for both", Incomplete, .. RefusedOnlyHere.Concat(RefusedOnlyThere).Select(one => one.Reason).Distinct()]);
        await FuzzRun.RunAsync("messagepack", (input, _) =>
        {
            for (var at = 0; at < input.Length;)
            {
                var rest = input.AsMemory(at);
                var own = OwnMessages.Read(rest);
                var theirs = OracleMessages.Read(rest);
                Assert.Equal(theirs is null, own is null);
                if (own is not { } mine || theirs is not { } other)
                {
                    tally.Add("not complete for both");
                    return;
                }

                if (!mine.IsAccepted || !other.IsAccepted)
                {
                    tally.Add(
                        other.IsAccepted ? Reason(RefusedOnlyHere, mine.Refusal!)
                        : mine.IsAccepted && IsIncomplete(rest, other.Refusal!) ? Incomplete
                        : mine.IsAccepted ? Reason(RefusedOnlyThere, other.Refusal!)
                        : Neither);
                    return;
                }

                Assert.Equal(other, mine);
                if (OwnMessages.Rewrite(rest) is { } again)
                {
                    Assert.Equal(Reading.Accepted(again.Text, again.Bytes.Length), OracleMessages.Read(again.Bytes));
                }

                tally.Add(Both);
                at += mine.Bytes;
            }
        }, UsualCases, Generated.Message);
        tally.Finish(output, UsualCases);
    }

    [Fact]
    public async Task A_value_becomes_the_json_of_the_package()
    {
        const string Different = "another form of JSON, by name";
        var tally = new Tally(Both, RefusedHere, Different);
        await FuzzRun.RunAsync("values", (input, _) =>
        {
            var read = OwnValues.Read(input);
            string json;
            try
            {
                json = OracleJson.OwnToJson(input);
            }
            catch (HubProtocolException exception)
            {
                var isOneValue = read.IsAccepted && read.Bytes == input.Length;
                Assert.True(!isOneValue || exception.Message.StartsWith("A map key is neither", StringComparison.Ordinal), exception.Message);
                tally.Add(RefusedHere);
                return;
            }

            if (OracleJson.Difference(input) is not null)
            {
                tally.Add(Different);
                return;
            }

            Assert.Equal(OracleJson.Canonical(OracleJson.ToJson(input)), OracleJson.Canonical(json));
            tally.Add(Both);
        }, UsualCases, Generated.Value);
        tally.Finish(output, UsualCases);
    }

    [Fact]
    public async Task Json_becomes_the_value_of_the_package()
    {
        const string Large = "an integer beyond 64 bits: text there, a float here";
        var tally = new Tally(Both, RefusedHere, Large);
        await FuzzRun.RunAsync("payloads", (input, _) =>
        {
            byte[] own;
            var json = Encoding.UTF8.GetString(input);
            try
            {
                own = OracleJson.OwnFromJson(json);
            }
            catch (HubProtocolException)
            {
                // The package's JSON reader accepts much that is not JSON.
                tally.Add(RefusedHere);
                return;
            }

            if (OracleJson.HasLargeInteger(json))
            {
                tally.Add(Large);
                return;
            }

            Assert.Equal(Convert.ToHexString(OracleJson.FromJson(json)), Convert.ToHexString(own));
            tally.Add(Both);
        }, UsualCases, Generated.Json);
        tally.Finish(output, UsualCases);
    }

    // ASP.NET Core does not state the cause with the error of a result.
    private static bool IsIncomplete(ReadOnlyMemory<byte> framed, string refusal) =>
        (refusal.EndsWith(new EndOfStreamException().Message, StringComparison.Ordinal)
            || refusal.StartsWith(OracleMessages.ResultRefused, StringComparison.Ordinal))
        && !OwnValues.Skip(OwnMessages.Unframed(framed)).IsAccepted;

    private static string Reason((string Reason, string Message)[] named, string refusal)
    {
        var found = named.FirstOrDefault(one => refusal.StartsWith(one.Message, StringComparison.Ordinal)).Reason;
        Assert.True(found is not null, $"Only one of the two refuses it: {refusal}");
        return found;
    }
}
