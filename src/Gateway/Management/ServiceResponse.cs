namespace Serverless.Gateway.Management;

/// <summary>
/// The body of a 200 or 202 of a dated version that has no content of its own, as the published documents define it; the SDKs ignore it
/// (docs/contract/rest-api.md#successful-answers). Encoded once, as it is the same each time.
/// </summary>
internal static class ServiceResponse
{
    private static readonly byte[] Ok = Make(StatusCodes.Status200OK);
    private static readonly byte[] Accepted = Make(StatusCodes.Status202Accepted);

    /// <summary>Returns the body for a status; empty for a status without a body.</summary>
    public static ReadOnlyMemory<byte> For(int status) => status switch
    {
        StatusCodes.Status200OK => Ok,
        StatusCodes.Status202Accepted => Accepted,
        _ => default,
    };

    private static byte[] Make(int status) => System.Text.Encoding.UTF8.GetBytes(
        $$"""{"statusCode":{{status}},"code":"Info.Request.Unknown","level":"Info","scope":"Request","errorKind":"Unknown","message":"","jsonObject":null,"isSuccess":true}""");
}
