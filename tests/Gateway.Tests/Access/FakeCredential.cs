using Azure.Core;
using Azure.Identity;
using Serverless.Support.Time;

namespace Serverless.Gateway.Tests.Access;

/// <summary>Represents an identity with numbered tokens, <c>token-1 of scope</c>, each valid for an hour.</summary>
internal sealed class FakeCredential(FakeTime time) : TokenCredential
{
    private int _asked;

    /// <summary>Gets or sets a value that makes it fail.</summary>
    public bool Fails { get; set; }

    public int Asked => _asked;

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _asked);
        return Fails
            ? throw new CredentialUnavailableException("no identity here")
            : new AccessToken($"token-{_asked} of {Assert.Single(requestContext.Scopes)}", time.GetUtcNow().AddHours(1));
    }

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        ValueTask.FromResult(GetToken(requestContext, cancellationToken));
}
