namespace Serverless.Functions.Chatting;

/// <summary>What the hub calls on the chat page; <c>chat.js</c> has a handler of each name.</summary>
internal interface IChatClient
{
    /// <summary>Somebody is here, and may want to hear that the receiver is here too.</summary>
    Task Here(Person person, bool introduceYourself);

    /// <summary>A connection has ended.</summary>
    Task Gone(string connectionId);

    /// <summary>Somebody joined a room that the receiver is in.</summary>
    Task Joined(Person person, string room);

    /// <summary>Somebody left a room that the receiver is in.</summary>
    Task Left(Person person, string room);

    /// <summary>Something was said in a room.</summary>
    Task Said(RoomMessage message);

    /// <summary>Something was said to the receiver alone, or by the receiver to somebody.</summary>
    Task Whispered(DirectMessage message);
}

/// <summary>One page of somebody who is here, and the rooms that it is in.</summary>
internal sealed record Person(string ConnectionId, string Name, string[] Rooms);

/// <summary>Something said in a room.</summary>
internal sealed record RoomMessage(string Room, string From, string Text, DateTimeOffset At);

/// <summary>Something said to one user.</summary>
internal sealed record DirectMessage(string From, string To, string Text, DateTimeOffset At);
