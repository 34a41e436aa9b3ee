using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
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
    public static HubConnection Build(NegotiateResponse redirect, bool negotiates, bool reconnects = true)
    {
        var url = new Uri(redirect.Url);
        var builder = new HubConnectionBuilder();
        if (reconnects)
        {
            builder.WithAutomaticReconnect([TimeSpan.Zero, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1)]);
        }

        builder.Services.AddSingleton<EndPoint>(new UriEndPoint(url));
        builder.Services.AddSingleton<IConnectionFactory>(new WebSocketConnectionFactory(url, redirect.AccessToken, negotiates));
        return builder.Build();
    }
}
