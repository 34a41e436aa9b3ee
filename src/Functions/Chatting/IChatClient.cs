using MessagePack;

namespace Serverless.Functions.Chatting;

/// <summary>The methods that the hub calls on the chat page; <c>chat.js</c> has a handler for each name.</summary>
public interface IChatClient
{
    /// <summary>Announces a person, who may ask the receiver to introduce itself.</summary>
    Task Here(Person person, bool introduceYourself);

    /// <summary>Reports that a connection has ended.</summary>
    Task Gone(string connectionId);

    /// <summary>Reports that a person joined a room that the receiver is in.</summary>
    Task Joined(Person person, string room);

    /// <summary>Reports that a person left a room that the receiver is in.</summary>
    Task Left(Person person, string room);

    /// <summary>Delivers a message to a room.</summary>
    Task Said(RoomMessage message);

    /// <summary>Delivers a direct message, to its receiver or to the sender's own pages.</summary>
    Task Whispered(DirectMessage message);
}

/// <summary>One page of a person who is present, and the rooms that it is in.</summary>
[MessagePackObject]
public sealed record Person(
    [property: Key("connectionId")] string ConnectionId, [property: Key("name")] string Name, [property: Key("rooms")] string[] Rooms);

/// <summary>A message to a room.</summary>
[MessagePackObject]
public sealed record RoomMessage(
    [property: Key("room")] string Room,
    [property: Key("from")] string From,
    [property: Key("text")] string Text,
    [property: Key("at")] DateTimeOffset At);

/// <summary>A message to one user.</summary>
[MessagePackObject]
public sealed record DirectMessage(
    [property: Key("from")] string From,
    [property: Key("to")] string To,
    [property: Key("text")] string Text,
    [property: Key("at")] DateTimeOffset At);
