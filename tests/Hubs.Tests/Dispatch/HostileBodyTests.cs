using System.Text;
using Serverless.Hubs.Tests.Hubs;
using Serverless.Hubs.Tests.Support;

namespace Serverless.Hubs.Tests.Dispatch;

/// <summary>Damaged bodies: whatever they contain, the response is one of two statuses, and no error is logged.</summary>
public class HostileBodyTests
{
    [Theory]
    [InlineData("application/json", "Mirror", "7B2274797065223A312C22696E766F636174696F6E4964223A2231222C22746172676574223A224D6972726F72222C22617267756D656E7473223A5B7B2278223A312E352C2279223A5B225C7564383030225D7D5D7D")]
    [InlineData("application/json", "Raw", "7B2274797065223A312C22696E766F636174696F6E4964223A2231222C22746172676574223A22526177222C22617267756D656E7473223A5B7B2261223A22C3BC222C2262223A5B312C2D322E35652B332C747275652C6E756C6C5D7D5D7D")]
    [InlineData("application/x-msgpack", "Raw", "960180A131A35261779183A161C403010203A162D6FF0000000005CB4009000000000000A163D9025C2290")]
    [InlineData("application/x-msgpack", "Table", "960180A131A55461626C659182A1619301CC80CD0100A1629090")]
    public async Task A_mutated_body_is_answered_or_refused(string contentType, string target, string hex)
    {
        await using var host = new HubHost(hubs => hubs.AddHub<EchoHub>());
        var seed = Convert.FromHexString(hex);
        var random = new Random(20261121);
        var statuses = new HashSet<int>();
        for (var i = 0; i < 4000; i++)
        {
            var body = Mutate(seed, random);
            var response = await host.SendAsync("echohub", "messages", target, body, contentType);
            Assert.True(response.Status is 200 or 400, $"{response.Status} for {Convert.ToHexString(body)}");
            Assert.DoesNotContain("unexpected error", Encoding.UTF8.GetString(response.Body.Span), StringComparison.Ordinal);
            statuses.Add(response.Status);
        }

        Assert.Equal(2, statuses.Count);
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        var body = seed.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(body.Count);
            switch (random.Next(4))
            {
                case 0:
                    body[at] = (byte)random.Next(256);
                    break;
                case 1:
                    body[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    body.Insert(at, (byte)random.Next(256));
                    break;
                default:
                    body.RemoveRange(at, Math.Min(random.Next(1, 4), body.Count - 1 - at));
                    break;
            }
        }

        return [.. body];
    }
}
