using Serverless.EndToEnd.Fidelity.Cases;

namespace Serverless.EndToEnd.Fidelity;

/// <summary>Hub classes behave behind the gateway as they do in process: every row of the table, with each official client and protocol.</summary>
public sealed class FidelityTests(FidelityFixture fixture) : IClassFixture<FidelityFixture>
{
    public static TheoryData<string, string, string> Table
    {
        get
        {
            var table = new TheoryData<string, string, string>();
            foreach (var protocol in FidelityFixture.Protocols)
            {
                foreach (var driver in FidelityFixture.Drivers)
                {
                    foreach (var row in FidelityFixture.RowsOf(driver.Name, protocol))
                    {
                        table.Add(row.Name, driver.Name, protocol);
                    }
                }
            }

            return table;
        }
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task In_process_every_step_ends_as_the_row_expects(string row, string client, string protocol)
    {
        var record = await fixture.RecordAsync(FidelityFixture.InProcess, row, client, protocol);
        var problem = record.Problem(FidelityTable.Find(row));
        Assert.True(problem is null, $"{problem}\n{record.Text}");
    }

    [Theory]
    [MemberData(nameof(Table))]
    public async Task Behind_the_gateway_the_row_is_the_same_but_for_known_differences(string row, string client, string protocol)
    {
        var inProcess = await fixture.RecordAsync(FidelityFixture.InProcess, row, client, protocol);
        var behind = await fixture.RecordAsync(FidelityFixture.BehindGateway, row, client, protocol);
        var found = string.Join('\n', RecordDifference.Between(inProcess, behind));
        var known = string.Join('\n', KnownDifference.Of(row, client, protocol));
        Assert.True(found == known, $"Found:\n{found}\n\nKnown:\n{known}");
    }
}
