using Serverless.Gateway.Access;

namespace Serverless.Gateway.Management;

/// <summary>An error response of the REST API.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The value of <c>x-ms-error-code</c>; the codes that SDKs check are in <see cref="ErrorCodes"/>.</param>
/// <param name="Message">The error and its remedy.</param>
/// <param name="Target">The subject of the error, such as a parameter's name.</param>
internal sealed record RestError(int Status, string Code, string Message, string? Target = null)
{
    public static RestError BadRequest(string message, string target) =>
        new(StatusCodes.Status400BadRequest, ErrorCodes.Invalid, message, target);

    /// <summary>Returns the error for a caller without access: 401, 403, or 503 while access cannot be determined.</summary>
    public static RestError Refused(RestAccessResult access) => new(
        access.Status,
        access.Status switch
        {
            StatusCodes.Status403Forbidden => ErrorCodes.Forbidden,
            StatusCodes.Status503ServiceUnavailable => ErrorCodes.Unavailable,
            _ => ErrorCodes.Unauthorized,
        },
        access.Reason!,
        "Authorization");

    public static RestError NotFound(string code, string message) => new(StatusCodes.Status404NotFound, code, message);
}

/// <summary>
/// Values of <c>x-ms-error-code</c>, in the form <c>{level}.{scope}.{kind}</c> (docs/contract/rest-api.md#error-answers; the SDKs accept a 404 as
/// an answer only with the code they expect).
/// </summary>
internal static class ErrorCodes
{
    public const string ConnectionNotExisted = "Warning.Connection.NotExisted";
    public const string ConnectionToJoinNotExisted = "Error.Connection.NotExisted";
    public const string UserNotExisted = "Warning.User.NotExisted";
    public const string GroupNotExisted = "Warning.Group.NotExisted";
    public const string UserNotInGroup = "Info.User.NotInGroup";
    public const string Invalid = "Error.Request.Invalid";
    public const string Unauthorized = "Error.Request.Unauthorized";
    public const string Forbidden = "Error.Request.Forbidden";
    public const string Unavailable = "Error.Request.Unavailable";
    public const string UnknownPath = "Error.Request.NotExisted";
    public const string MethodNotAllowed = "Error.Request.MethodNotAllowed";
    public const string UnsupportedMediaType = "Error.Request.UnsupportedMediaType";
    public const string TooLarge = "Error.Request.TooLarge";
    public const string Throttled = "Error.Request.Throttled";
    public const string ClientFailed = "Error.Connection.Failed";
    public const string ClientTimeout = "Error.Connection.Timeout";
    public const string Internal = "Error.Request.Internal";
}
