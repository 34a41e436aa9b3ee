using Azure.Core;
using Azure.Data.Tables;
using Microsoft.Extensions.Options;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Storage;

/// <summary>Represents the place of durable state: section <c>Gateway</c>.</summary>
internal sealed class StorageOptions
{
    /// <value>
    /// Where user-group membership, usage and dead letters are kept: a connection string of Azure Tables
    /// (<c>UseDevelopmentStorage=true</c> for Azurite), or the endpoint's https address, such as
    /// <c>https://name.table.core.windows.net</c>, with the gateway's identity (role Storage Table Data Contributor). The tables
    /// <c>ServerlessUserGroups</c>, <c>ServerlessUsage</c> and <c>deadletters</c> are made if they are not there. Without it they are kept in
    /// the Redis that joins the nodes, and in memory where there is none; see [state and its stores](reference/storage.md).
    /// </value>
    [Setting(IsSecret = true, Default = "in Redis, or in memory")]
    public string? Tables { get; set; }

    /// <summary>Gets the address to use with an identity; null for a connection string.</summary>
    public Uri? Endpoint => Tables?.Contains('=', StringComparison.Ordinal) == false && Uri.TryCreate(Tables, UriKind.Absolute, out var uri) ? uri : null;

    /// <summary>Gets the account's key, or its shared access signature, from the connection string; null for none.</summary>
    public string? Key => (Tables ?? "").Split(';').Select(static part => part.Split('=', 2))
        .FirstOrDefault(static part => part is ["AccountKey" or "SharedAccessSignature", _])?[1];

    /// <summary>Connects to the account: with the credential if only its address is configured.</summary>
    public TableServiceClient Connect(Func<TokenCredential> credential, TableClientOptions options) =>
        Endpoint is { } endpoint ? new TableServiceClient(endpoint, credential(), options) : new TableServiceClient(Tables, options);
}

/// <summary>Checks <see cref="StorageOptions"/> at start. The value may hold a key, so no message repeats it.</summary>
internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        if (string.IsNullOrEmpty(options.Tables) || options.Endpoint is { Scheme: "https" })
        {
            return ValidateOptionsResult.Success;
        }

        if (options.Tables.Contains('=', StringComparison.Ordinal))
        {
            try
            {
                _ = new TableServiceClient(options.Tables);
                return ValidateOptionsResult.Success;
            }
            catch (Exception exception) when (exception is FormatException or ArgumentException or InvalidOperationException)
            {
                // The client's message may quote the key.
            }
        }

        return ValidateOptionsResult.Fail(
            "Gateway:Tables is neither a connection string of Azure Tables nor an https address. Write UseDevelopmentStorage=true for Azurite, "
            + "a connection string from the storage account, or https://name.table.core.windows.net to use the gateway's identity.");
    }
}
