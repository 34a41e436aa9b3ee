using System.Globalization;
using Serverless.Gateway.Observability;
using Serverless.Gateway.Upstream.Calls;
using Serverless.Gateway.Upstream.Templates;

namespace Serverless.Gateway.Upstream.Telemetry;

internal sealed partial class UpstreamTelemetry
{
    // The log contains the event's name, cut, and the template without secrets, but never the event's URL or its content.
    private static partial class Log
    {
        private const int MaxEventChars = 128;

        private const string About = "(template {Template}: {Url})";

        [LoggerMessage(
            EventIds.Upstream + 1,
            LogLevel.Warning,
            "An event of hub {Hub}, {Category}/{Event}, was not sent: {Reason}. Set UpstreamSettings:Templates.",
            EventName = "UpstreamNoRoute")]
        private static partial void NoRouteCore(ILogger logger, string hub, string category, string @event, string reason);

        public static void NoRoute(ILogger logger, in UpstreamRoute route, in UpstreamCall call) => NoRouteCore(
            logger,
            call.Sender.Hub,
            call.Category,
            Cut(call.EventName),
            route.Template < 0
                ? "no template matches it"
                : string.Create(CultureInfo.InvariantCulture, $"template {route.Template} ({route.Shown}) does not form a valid URL with its name"));

        [LoggerMessage(
            EventIds.Upstream + 2,
            LogLevel.Warning,
            "The upstream of hub {Hub} answered {Status} to {Category}/{Event} " + About + ".",
            EventName = "UpstreamRefused")]
        private static partial void RefusedCore(ILogger logger, string hub, int status, string category, string @event, int template, string url);

        public static void Refused(ILogger logger, in UpstreamRoute route, in UpstreamCall call, int status) =>
            RefusedCore(logger, call.Sender.Hub, status, call.Category, Cut(call.EventName), route.Template, route.Shown);

        [LoggerMessage(
            EventIds.Upstream + 3,
            LogLevel.Warning,
            "The upstream of hub {Hub} did not answer {Category}/{Event} within {Timeout} " + About + ".",
            EventName = "UpstreamTimedOut")]
        private static partial void TimedOutCore(ILogger logger, string hub, string category, string @event, TimeSpan timeout, int template, string url);

        public static void TimedOut(ILogger logger, in UpstreamRoute route, in UpstreamCall call, TimeSpan timeout) =>
            TimedOutCore(logger, call.Sender.Hub, call.Category, Cut(call.EventName), timeout, route.Template, route.Shown);

        [LoggerMessage(
            EventIds.Upstream + 4,
            LogLevel.Warning,
            "The upstream of hub {Hub} could not be reached for {Category}/{Event} " + About + ": {Error}",
            EventName = "UpstreamFailed")]
        private static partial void FailedCore(ILogger logger, string hub, string category, string @event, int template, string url, string error);

        public static void Failed(ILogger logger, in UpstreamRoute route, in UpstreamCall call, string error) =>
            FailedCore(logger, call.Sender.Hub, call.Category, Cut(call.EventName), route.Template, route.Shown, error);

        [LoggerMessage(
            EventIds.Upstream + 11,
            LogLevel.Warning,
            "An event of hub {Hub}, {Category}/{Event}, was not sent: a Key Vault secret has not been read yet " + About + ".",
            EventName = "UpstreamNoSecret")]
        private static partial void NoSecretCore(ILogger logger, string hub, string category, string @event, int template, string url);

        public static void NoSecret(ILogger logger, in UpstreamRoute route, in UpstreamCall call) =>
            NoSecretCore(logger, call.Sender.Hub, call.Category, Cut(call.EventName), route.Template, route.Shown);

        [LoggerMessage(
            EventIds.Upstream + 12,
            LogLevel.Warning,
            "An event of hub {Hub}, {Category}/{Event}, was not sent: the gateway's identity cannot get a token for {Scope} " + About + ": {Error}",
            EventName = "UpstreamNoIdentity")]
        private static partial void NoIdentityCore(
            ILogger logger, string hub, string category, string @event, string scope, int template, string url, string error);

        public static void NoIdentity(ILogger logger, in UpstreamRoute route, in UpstreamCall call, string error) =>
            NoIdentityCore(logger, call.Sender.Hub, call.Category, Cut(call.EventName), route.Scope!, route.Template, route.Shown, error);

        [LoggerMessage(
            EventIds.Upstream + 32,
            LogLevel.Debug,
            "A request for hub {Hub}, category {Category}, is resent on a new connection: the reused one ended before the answer began: {Error}",
            EventName = "UpstreamResending")]
        public static partial void Resending(ILogger logger, string hub, string category, string error);

        [LoggerMessage(
            EventIds.Upstream + 30,
            LogLevel.Warning,
            "The upstream of hub {Hub} answered {Status} to {Category}/{Event} " + About + ": {Refusal}.",
            EventName = "UpstreamRedirectRefused")]
        private static partial void RedirectRefusedCore(
            ILogger logger, string hub, int status, string category, string @event, int template, string url, string refusal);

        public static void RedirectRefused(
            ILogger logger, in UpstreamRoute route, in UpstreamCall call, int status, string refusal) =>
            RedirectRefusedCore(logger, call.Sender.Hub, status, call.Category, Cut(call.EventName), route.Template, route.Shown, refusal);

        [LoggerMessage(
            EventIds.Upstream + 31,
            LogLevel.Warning,
            "An event of hub {Hub}, {Category}/{Event}, was not sent " + About + ": {Reason}.",
            EventName = "UpstreamNoConnection")]
        private static partial void NoConnectionCore(
            ILogger logger, string hub, string category, string @event, int template, string url, string reason);

        public static void NoConnection(ILogger logger, in UpstreamRoute route, in UpstreamCall call, string reason) =>
            NoConnectionCore(logger, call.Sender.Hub, call.Category, Cut(call.EventName), route.Template, route.Shown, reason);

        // A client chooses a message's target, which may have any length.
        private static string Cut(string eventName) =>
            eventName.Length <= MaxEventChars ? eventName : string.Concat(eventName.AsSpan(0, MaxEventChars), "…");
    }
}
