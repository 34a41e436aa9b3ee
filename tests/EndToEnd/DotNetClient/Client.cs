using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Serverless.Hubs;
using Serverless.Protocol;

namespace Serverless.EndToEnd.DotNetClient;

/// <summary>Creates clients of the official .NET library, without starting them.</summary>
internal static class Client
{
    /// <summary>Creates a client as if the app had negotiated with these options.</summary>
    public static HubConnection Build(string connectionString, NegotiateOptions options, bool negotiates, bool reconnects = true) =>
        Build(new Negotiator(ServiceConnectionString.Parse(connectionString)).Negotiate(options), negotiates, reconnects);

    /// <summary>Creates a client from the app's negotiate response.</summary>
    public static HubConnection Build(NegotiateResponse redirect, bool negotiates, bool reconnects = true) =>
        Build(new Uri(redirect.Url), redirect.AccessToken, negotiates, reconnects);

    /// <summary>Creates a client that connects to the gateway with WebSockets.</summary>
    public static HubConnection Build(Uri url, string accessToken, bool negotiates, bool reconnects)
    {
        var builder = new HubConnectionBuilder().WithUrl(url, HttpTransportType.WebSockets, options =>
        {
            options.AccessTokenProvider = () => Task.FromResult<string?>(accessToken);
            options.SkipNegotiation = !negotiates;
        });
        if (reconnects)
        {
            builder.WithAutomaticReconnect([TimeSpan.Zero, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1)]);
        }

        return builder.Build();
    }
}
