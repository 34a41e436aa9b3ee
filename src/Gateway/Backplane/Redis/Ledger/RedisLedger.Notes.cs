using Serverless.Gateway.Backplane.Ledger;
using Serverless.Gateway.Backplane.Redis.Resp;
using Serverless.Gateway.Backplane.Signing;
using static Serverless.Gateway.Backplane.Redis.Resp.RespConnection;

namespace Serverless.Gateway.Backplane.Redis.Ledger;

// Writes the records of this node's own connections.
internal sealed partial class RedisLedger
{
    private const int EntriesPerCommand = 200;

    private byte[] Sign(string connectionId, byte[] bytes)
    {
        signer.Sign(bytes, link.Names.LedgerEntry(node.Value, connectionId));
        return bytes;
    }

    // Under _gate. Signatures of a replaced key would be refused once the key is removed.
    private void SignAnew()
    {
        if (ReferenceEquals(_signedWith, signer.Keys))
        {
            return;
        }

        _signedWith = signer.Keys;
        _written = NotWritten;
        foreach (var (id, note) in _life.Notes)
        {
            note.Bytes = Sign(id, [.. note.Bytes]);
        }
    }

    // Returns null for an entry that its node has not signed.
    private LedgerEntry? ReadEntry(string life, string connectionId, ReadOnlySpan<byte> bytes)
    {
        var entry = LedgerEntryFormat.Decode(connectionId, bytes, out var length);
        var place = Part(link.Names.LedgerEntry(LedgerLife.NodeOf(life), connectionId)).Span;
        var check = entry is null ? SignatureCheck.Forged : signer.Check(bytes, length, place, maxAge: null);
        if (check == SignatureCheck.Good)
        {
            return entry;
        }

        refused.Note(check);
        return null;
    }

    // Called after a beat: a known life without a beat counts as lost.
    private async ValueTask MakeKnownAsync(LedgerLife life)
    {
        var answer = await link.TryAskAsync(Part("HSET"), _nodes, Part(life.Name), Part("1"));
        lock (_gate)
        {
            life.IsKnown = answer is not null;
        }
    }

    // A node that dies before its first beat would leave records that no other node looks for.
    private async ValueTask EnsureKnownAsync(LedgerLife life)
    {
        lock (_gate)
        {
            if (life.IsKnown)
            {
                return;
            }
        }

        if (await BeatOnceAsync() == Standing.Lives)
        {
            await MakeKnownAsync(life);
        }
    }

    private async Task WriteAsync(LedgerLife life, string connectionId, LedgerNote note)
    {
        while (true)
        {
            await EnsureKnownAsync(life);
            var answer = await link.TryRunAsync(
                LedgerScripts.Note, [Key("gone", life.Name), Key("ledger", life.Name)], Part(connectionId), note.Bytes);
            lock (_gate)
            {
                if (Noted(life, connectionId, note, answer))
                {
                    return;
                }

                life = _life;
            }
        }
    }

    // Under _gate. Returns false if the record must be written again, in the node's present life.
    private bool Noted(LedgerLife life, string connectionId, LedgerNote note, RespValue? answer)
    {
        if (answer is null)
        {
            _written = NotWritten;
            return true;
        }

        if (answer.Number == 0)
        {
            GoOn(life);
            return !_life.Notes.ContainsKey(connectionId);
        }

        note.IsWritten = true;
        if (!ReferenceEquals(life, _life) && _life.Notes.Remove(connectionId))
        {
            // Recorded just before other nodes declared the old life lost.
            _givenUp.Add(connectionId);
        }

        return true;
    }

    private async Task WriteAllAsync(LedgerLife life)
    {
        KeyValuePair<string, LedgerNote>[] notes;
        lock (_gate)
        {
            notes = [.. life.Notes];
        }

        foreach (var chunk in notes.Chunk(EntriesPerCommand))
        {
            var answer = await link.TryRunAsync(
                LedgerScripts.Note,
                [Key("gone", life.Name), Key("ledger", life.Name)],
                [.. chunk.SelectMany(one => (ReadOnlyMemory<byte>[])[Part(one.Key), one.Value.Bytes])]);
            lock (_gate)
            {
                foreach (var (id, note) in chunk)
                {
                    if (!Noted(life, id, note, answer))
                    {
                        _written = NotWritten;
                    }

                    if (!life.Notes.ContainsKey(id))
                    {
                        // The connection ended meanwhile, and this write came after its removal.
                        life.Ended.Add(id);
                    }
                }
            }
        }
    }

    // A record that stays would be reported if this node died.
    private async Task ForgetAsync(LedgerLife life, string connectionId)
    {
        if (await link.TryAskAsync(Part("HDEL"), Key("ledger", life.Name), Part(connectionId)) is null)
        {
            lock (_gate)
            {
                life.Ended.Add(connectionId);
            }
        }
    }

    private async Task ForgetEndedAsync(LedgerLife life)
    {
        string[] ended;
        lock (_gate)
        {
            ended = [.. life.Ended];
            life.Ended.Clear();
        }

        foreach (var id in ended)
        {
            await ForgetAsync(life, id);
        }
    }
}
