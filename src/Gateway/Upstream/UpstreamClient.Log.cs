using System.Globalization;
using Serverless.Gateway.Observability;

namespace Serverless.Gateway.Upstream;

internal sealed partial class UpstreamClient
{
    // Events and URLs are not logged: an event is client input of any length, a URL may carry a function key.
    private static partial class Log
    {
        [LoggerMessage(
            EventIds.Upstream + 1,
            LogLevel.Warning,
            "An event of hub {Hub}, category {Category}, was not sent: {Reason}. Set UpstreamSettings:Templates.",
            EventName = "UpstreamNoRoute")]
        private static partial void NoRouteCore(ILogger logger, string hub, string category, string reason);

        public static void NoRoute(ILogger logger, string hub, string category, int template) => NoRouteCore(
            logger,
            hub,
            category,
            template < 0 ? "no template matches it" : string.Create(CultureInfo.InvariantCulture, $"template {template} makes no URL with its name"));

        [LoggerMessage(
            EventIds.Upstream + 2,
            LogLevel.Warning,
            "The upstream for hub {Hub}, category {Category} (template {Template}) answered {Status}.",
            EventName = "UpstreamRefused")]
        public static partial void Refused(ILogger logger, string hub, string category, int template, int status);

        [LoggerMessage(
            EventIds.Upstream + 3,
            LogLevel.Warning,
            "The upstream for hub {Hub}, category {Category} (template {Template}) did not answer within {Timeout}.",
            EventName = "UpstreamTimedOut")]
        public static partial void TimedOut(ILogger logger, string hub, string category, int template, TimeSpan timeout);

        [LoggerMessage(
            EventIds.Upstream + 4,
            LogLevel.Warning,
            "The upstream for hub {Hub}, category {Category} (template {Template}) could not be reached: {Error}",
            EventName = "UpstreamFailed")]
        public static partial void Failed(ILogger logger, string hub, string category, int template, string error);

        [LoggerMessage(
            EventIds.Upstream + 11,
            LogLevel.Warning,
            "An event of hub {Hub}, category {Category}, was not sent: a Key Vault secret of template {Template} has not been read yet.",
            EventName = "UpstreamNoSecret")]
        public static partial void NoSecret(ILogger logger, string hub, string category, int template);

        [LoggerMessage(
            EventIds.Upstream + 12,
            LogLevel.Warning,
            "An event of hub {Hub}, category {Category}, was not sent: template {Template} asks for a token for {Scope}, and the gateway's "
            + "identity gets none: {Error}",
            EventName = "UpstreamNoIdentity")]
        public static partial void NoIdentity(ILogger logger, string hub, string category, int template, string scope, string error);

        [LoggerMessage(
            EventIds.Upstream + 30,
            LogLevel.Warning,
            "The upstream for hub {Hub}, category {Category} (template {Template}) answered {Status}: {Refusal}.",
            EventName = "UpstreamRedirectRefused")]
        public static partial void RedirectRefused(ILogger logger, string hub, string category, int template, int status, string refusal);
    }
}
