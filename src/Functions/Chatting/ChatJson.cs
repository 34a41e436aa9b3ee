using System.Text.Json.Serialization;

namespace Serverless.Functions.Chatting;

/// <summary>Serializes the hub's messages without reflection, so that the function app can be compiled ahead of time.</summary>
[JsonSerializable(typeof(Person))]
[JsonSerializable(typeof(RoomMessage))]
[JsonSerializable(typeof(DirectMessage))]
internal sealed partial class ChatJson : JsonSerializerContext;
