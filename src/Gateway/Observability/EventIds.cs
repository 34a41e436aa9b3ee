namespace Serverless.Gateway.Observability;

/// <summary>
/// Ranges of log event ids, one for each folder. Ids and event names are a published interface: they are never renumbered or renamed, and
/// a retired id stays as a comment in its place.
/// </summary>
internal static class EventIds
{
    public const int Observability = 0;
    public const int Access = 1000;
    public const int Connections = 2000;
    public const int Storage = 3000;
    public const int Routing = 4000;
    public const int Upstream = 5000;
    public const int Dispatch = 6000;
    public const int Clients = 7000;
    public const int Management = 8000;
    public const int Hosting = 9000;
    public const int Backplane = 10000;
    public const int Admin = 11000;
    public const int Metering = 12000;
    public const int Listening = 13000;
}
