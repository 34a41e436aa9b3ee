using System.Text;

namespace Serverless.Protocol.Tests.Upstream;

public class RequestSignerTests
{
    private const string Primary = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH";
    private const string Secondary = "SECONDARYKEYSECONDARYKEYSECONDARYKEY01234567";

    // Computed independently of the code under test, from the description of the form.
    private const string PrimarySignature = "sha256=c83eef79cf97069ecb6f65641dfcfb38eb0e987e023a4ba038fdaccb98907f7d";
    private const string SecondarySignature = "sha256=9f9cf94ede62fd6efc1a6699905161d74bc0f2dcc4a6686e48c4d283fb885737";

    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    [Fact]
    public void A_signature_has_the_time_and_one_part_for_each_key()
    {
        Assert.Equal($"t=1800000000,{PrimarySignature},{SecondarySignature}", Sign(new Request(), Primary, Secondary));
        Assert.Equal($"t=1800000000,{SecondarySignature}", Sign(new Request(), Secondary));
    }

    [Theory]
    [InlineData($"t=1800000000,{PrimarySignature}", RequestSignatureResult.Right)]
    [InlineData($"t=1800000000,{SecondarySignature},{PrimarySignature}", RequestSignatureResult.Right)]
    [InlineData($"t=1800000000,sha256=00,,{PrimarySignature}", RequestSignatureResult.Right)]
    [InlineData($"t=1800000000,{SecondarySignature}", RequestSignatureResult.Wrong)]
    [InlineData($"t=1800000001,{PrimarySignature}", RequestSignatureResult.Wrong)]
    [InlineData("t=1800000000,sha256=", RequestSignatureResult.Wrong)]
    [InlineData("t=1800000000,", RequestSignatureResult.Wrong)]
    [InlineData("t=1800000000", RequestSignatureResult.Malformed)]
    [InlineData($"{PrimarySignature}", RequestSignatureResult.Malformed)]
    [InlineData($"{PrimarySignature},t=1800000000", RequestSignatureResult.Malformed)]
    [InlineData($"t=,{PrimarySignature}", RequestSignatureResult.Malformed)]
    [InlineData($"t=-1,{PrimarySignature}", RequestSignatureResult.Malformed)]
    [InlineData($"t=+1800000000,{PrimarySignature}", RequestSignatureResult.Malformed)]
    [InlineData($"t=99999999999999999999999,{PrimarySignature}", RequestSignatureResult.Malformed)]
    [InlineData($"t=999999999999,{PrimarySignature}", RequestSignatureResult.Wrong)]
    [InlineData(",", RequestSignatureResult.Malformed)]
    [InlineData("", RequestSignatureResult.Malformed)]
    public void A_header_passes_when_one_part_is_the_keys_signature_at_its_time(string header, RequestSignatureResult result) =>
        Assert.Equal(result, Verify(header, new Request(), Time, Primary));

    [Theory]
    [InlineData(0, RequestSignatureResult.Right)]
    [InlineData(300, RequestSignatureResult.Right)]
    [InlineData(301, RequestSignatureResult.Stale)]
    [InlineData(-300, RequestSignatureResult.Right)]
    [InlineData(-301, RequestSignatureResult.Stale)]
    public void A_signature_is_good_for_a_few_minutes_by_either_clock(int seconds, RequestSignatureResult result) =>
        Assert.Equal(result, Verify(Sign(new Request(), Primary), new Request(), Time.AddSeconds(seconds), Primary));

    public static TheoryData<string> Changes => new(Other.Keys);

    private static Dictionary<string, Request> Other { get; } = new()
    {
        ["connection"] = new Request { ConnectionId = "conn-2" },
        ["hub"] = new Request { Hub = "other" },
        ["user"] = new Request { User = "root" },
        ["no user"] = new Request { User = null },
        ["claims"] = new Request { Claims = "role: root" },
        ["query"] = new Request { Query = "?hub=chat&a=1" },
        ["category"] = new Request { Category = "connections" },
        ["event"] = new Request { Event = "remove" },
        ["media type"] = new Request { MediaType = "application/x-msgpack" },
        ["encoded headers"] = new Request { Encoded = null },
        ["event id"] = new Request { EventId = "conn-1.1" },
        ["sequence"] = new Request { EventSequence = "1" },
        ["attempt"] = new Request { EventAttempt = "1" },
        ["event time"] = new Request { EventTime = "2027-01-15T08:00:00.000Z" },
        ["body"] = new Request { Body = new Request().Body.Replace("[1,2]", "[1,3]", StringComparison.Ordinal) },
        ["longer body"] = new Request { Body = new Request().Body + " " },
        ["no body"] = new Request { Body = "" },
        ["moved border of hub and user"] = new Request { Hub = "chat%C3%BC", User = null },
        ["moved border of category and event"] = new Request { Category = "messagesa", Event = "dd" },
        ["moved border of event and body"] = new Request { EventTime = "{", Body = new Request().Body[1..] },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_signature_is_for_one_request_alone(string change)
    {
        var header = Sign(new Request(), Primary, Secondary);
        Assert.Equal(RequestSignatureResult.Right, Verify(header, new Request(), Time, Primary));
        Assert.Equal(RequestSignatureResult.Wrong, Verify(header, Other[change], Time, Primary));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(5_000)]
    [InlineData(1_000_000)]
    public void Names_and_bodies_of_any_length_are_signed_whole(int length)
    {
        var request = new Request { Event = new string('ü', Math.Min(length, 10_000)), User = new string('u', length), Body = new string('x', length) };
        var header = Sign(request, Primary);
        Assert.Equal(RequestSignatureResult.Right, Verify(header, request, Time, Primary));
        Assert.Equal(RequestSignatureResult.Wrong, Verify(header, request with { Body = request.Body + "x" }, Time, Primary));
        Assert.Equal(RequestSignatureResult.Wrong, Verify(header, request with { Event = request.Event + "x" }, Time, Primary));
    }

    [Fact]
    public async Task Two_signers_on_many_threads_do_not_mix_their_keys()
    {
        var signers = new[] { new RequestSigner([Primary]), new RequestSigner([Secondary]) };
        await Parallel.ForAsync(0, 2000, (i, _) =>
        {
            var expected = i % 2 == 0 ? PrimarySignature : SecondarySignature;
            Assert.Equal($"t=1800000000,{expected}", Sign(new Request(), signers[i % 2]));
            return ValueTask.CompletedTask;
        });
    }

    private static string Sign(Request request, params string[] keys) => Sign(request, new RequestSigner(keys));

    private static string Sign(Request request, RequestSigner signer)
    {
        var signed = request.Signed(Encoding.UTF8.GetBytes(request.Body));
        return signer.Sign(in signed, Time);
    }

    private static RequestSignatureResult Verify(string header, Request request, DateTimeOffset now, string key)
    {
        var signed = request.Signed(Encoding.UTF8.GetBytes(request.Body));
        return new RequestSigner([key]).Verify(header, in signed, now, Tolerance);
    }

    private sealed record Request
    {
        public string ConnectionId { get; init; } = "conn-1";

        public string Hub { get; init; } = "chat";

        public string? User { get; init; } = "%C3%BC";

        public string Claims { get; init; } = "role: admin";

        public string Query { get; init; } = "?hub=chat";

        public string Category { get; init; } = "messages";

        public string Event { get; init; } = "add";

        public string MediaType { get; init; } = "application/json";

        public string? Encoded { get; init; } = "X-ASRS-User-Id";

        public string? EventId { get; init; }

        public string? EventSequence { get; init; }

        public string? EventAttempt { get; init; }

        public string? EventTime { get; init; }

        public string Body { get; init; } = """{"type":1,"invocationId":"1","target":"add","arguments":[1,2]}""";

        public SignedRequest Signed(byte[] body) => new()
        {
            Sender = RequestSigner.DigestSender(ConnectionId, Hub, User, Claims, Query),
            Category = Category,
            Event = Event,
            MediaType = MediaType,
            EncodedHeaders = Encoded,
            EventId = EventId,
            EventSequence = EventSequence,
            EventAttempt = EventAttempt,
            EventTime = EventTime,
            Body = body,
        };
    }
}
