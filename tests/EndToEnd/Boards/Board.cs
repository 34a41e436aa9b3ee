using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Serverless.Hubs;

namespace Serverless.EndToEnd.Boards;

/// <summary>The hub of <c>docs/hubs.md</c>, which the document shows in parts: notes on boards that several people view.</summary>
[Authorize]
internal sealed class Board(Notes notes, UnitOfWork unit, IPresence<Board> presence) : Hub<IBoardClient>
{
    public Task Open(string board) => Groups.AddToGroupAsync(Context.ConnectionId, board);

    public Task<Note> WaitFor(int index) => notes.NextAsync(index, Context.ConnectionAborted);

    public async Task<Note> Add(string board, string text, Ink ink)
    {
        var note = new Note(unit.Id, text, ink, Context.UserIdentifier);
        unit.Add(note);
        await Clients.OthersInGroup(board).NoteAdded(note);
        return note;
    }

    public async Task<bool> Remove(string noteId)
    {
        if (!await Clients.Caller.Confirm($"Remove {noteId}?"))
        {
            return false;
        }

        return notes.TryRemove(noteId);
    }

    [Authorize(Roles = "editor")]
    public int Count() => notes.Count;

    public async IAsyncEnumerable<Note> Follow([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var i = 0; ; i++)
        {
            yield return await notes.NextAsync(i, cancellationToken);
        }
    }

    public async Task<string?[]> Readers(string board) =>
        [.. await presence.InGroupAsync(board).Select(member => member.UserId).ToListAsync()];

    public Task<bool> IsRead(string board) => presence.IsGroupHereAsync(board);

    public Task<bool> IsHere(string user) => presence.IsUserHereAsync(user);

    public Profile WhoAmI() => new(
        Context.UserIdentifier,
        Context.User?.Identity?.Name,
        [.. Context.User!.Claims.Where(claim => claim.Type == "colour").Select(claim => claim.Value)]);
}

/// <summary>The client interface of the page.</summary>
public interface IBoardClient
{
    Task NoteAdded(Note note);

    Task<bool> Confirm(string question);
}

/// <summary>A note.</summary>
public sealed record Note(string Id, string Text, Ink Ink, string? WrittenBy);

public enum Ink
{
    Black,
    DarkBlue,
}

/// <summary>The caller as the hub identifies it.</summary>
internal sealed record Profile(string? Id, string? Name, string[] Colours);

/// <summary>All notes since the start of the app.</summary>
internal sealed class Notes
{
    private readonly ConcurrentDictionary<string, Note> _notes = new();
    private readonly List<Note> _inOrder = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _added = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    public int Count => _notes.Count;

    /// <summary>The number of callers that wait for a future note.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Add(Note note)
    {
        _notes[note.Id] = note;
        lock (_gate)
        {
            _inOrder.Add(note);
            _added.SetResult();
            _added = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public bool TryRemove(string id) => _notes.TryRemove(id, out _);

    /// <summary>Waits for the note with the index <paramref name="index"/>, and returns it.</summary>
    public async Task<Note> NextAsync(int index, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task added;
            lock (_gate)
            {
                if (index < _inOrder.Count)
                {
                    return _inOrder[index];
                }

                added = _added.Task;
            }

            Interlocked.Increment(ref _waiting);
            try
            {
                await added.WaitAsync(cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref _waiting);
            }
        }
    }
}

/// <summary>The changes of one call, which are stored when the call's scope ends. A scoped service.</summary>
internal sealed class UnitOfWork(Notes notes) : IAsyncDisposable
{
    private readonly List<Note> _new = [];

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public void Add(Note note) => _new.Add(note);

    public ValueTask DisposeAsync()
    {
        _new.ForEach(notes.Add);
        return ValueTask.CompletedTask;
    }
}
