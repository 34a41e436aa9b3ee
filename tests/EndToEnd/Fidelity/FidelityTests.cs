using Serverless.EndToEnd.Fidelity.Cases;

namespace Serverless.EndToEnd.Fidelity;

/// <summary>Hub classes behave behind the gateway as they do in process: every row of the table, with each official client and protocol.</summary>
public sealed class FidelityTests(FidelityFixture fixture) : IClassFixture<FidelityFixture>
{
    public static IEnumerable<object[]> Table =>
        from driver in FidelityFixture.Drivers
        from protocol in FidelityFixture.Protocols
        from row in FidelityFixture.RowsOf(driver.Name, protocol)
        select new object[] { row.Name, driver.Name, protocol };

    public static IEnumerable<object[]> RemoteTable =>
        from backend in FidelityFixture.Remote.Keys
        from row in Table
        select (object[])[backend, .. row];

    [Theory]
    [MemberData(nameof(Table))]
    public async Task In_process_every_step_ends_as_the_row_expects(string row, string client, string protocol)
    {
        var record = await fixture.RecordAsync(FidelityFixture.InProcess, row, client, protocol);
        var problem = record.Problem(FidelityTable.Find(row));
        Assert.True(problem is null, $"{problem}\n{record.Text}");
    }

    [Theory]
    [MemberData(nameof(RemoteTable))]
    public async Task Behind_a_gateway_the_row_is_the_same_but_for_known_differences(string backend, string row, string client, string protocol)
    {
        var inProcess = await fixture.RecordAsync(FidelityFixture.InProcess, row, client, protocol);
        var behind = await fixture.RecordAsync(backend, row, client, protocol);
        var found = string.Join('\n', RecordDifference.Between(inProcess, behind));
        var known = string.Join('\n', KnownDifference.Of(backend, row, client, protocol));
        Assert.True(found == known, $"Found:\n{found}\n\nKnown:\n{known}");
    }
}
