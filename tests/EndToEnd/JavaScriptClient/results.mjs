// Calls from the server to a client, and streams that a client requests.
import { assert, connect, idOf, recorded, rest, run, scenario, settings, until } from './suite.mjs';

/** Returns the items of a stream until its end; the error takes the place of the end. */
function follow(connection, target, ...args) {
  const items = [];
  let subscription;
  const ended = new Promise((resolve) => {
    subscription = connection.stream(target, ...args).subscribe({ next: (item) => items.push(item), complete: resolve, error: resolve });
  });
  return { items, ended, cancel: () => subscription.dispose() };
}

async function invoke(id, target, ...args) {
  const answer = await rest('POST', `hubs/raw/connections/${id}/:invoke`, { target, arguments: args });
  return { ...answer, body: JSON.parse(answer.text) };
}

scenario('What a handler of the client returns comes back to the caller of the REST API', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  connection.on('add', (left, right) => left + right);
  connection.on('later', async (what) => ({ what, list: [1, null, 'é🙂'] }));
  assert.deepEqual((await invoke(id, 'add', 1, 2)).body, { result: 3 });
  assert.deepEqual((await invoke(id, 'later', { a: 1.5 })).body, { result: { what: { a: 1.5 }, list: [1, null, 'é🙂'] } });
});

scenario('A handler that throws or is not there is a 400 with its text', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  connection.on('fail', () => {
    throw new Error('not today');
  });
  const failed = await invoke(id, 'fail');
  assert.equal(failed.status, 400);
  assert.match(failed.body.message, /not today/);
  const nobody = await invoke(id, 'nobody');
  assert.equal(nobody.status, 400);
  assert.match(nobody.body.message, /Client didn't provide a result/);
});

scenario('Calling a client that is not there is 404', async () => {
  const answer = await invoke('nobody', 'add');
  assert.equal(answer.status, 404);
  assert.equal(answer.code, 'Warning.Connection.NotExisted');
});

scenario('A stream has the items of the answer, one a line', async () => {
  const connection = await connect();
  const stream = follow(connection, 'counter');
  assert.equal(await stream.ended, undefined);
  assert.deepEqual(stream.items, [1, 2, { last: 'é' }]);
});

scenario('A stream has the items of the answer, framed as messages', async () => {
  const connection = await connect();
  const stream = follow(connection, 'framed counter');
  assert.equal(await stream.ended, undefined);
  assert.deepEqual(stream.items, [1, 2]);
});

scenario('Streams of large items arrive whole and in order, side by side', async () => {
  const connection = await connect();
  const streams = [1, 2, 3].map(() => follow(connection, 'large stream'));
  const large = 'x'.repeat(300_000);
  for (const stream of streams) {
    assert.equal(await stream.ended, undefined);
    assert.equal(stream.items.length, 8);
    assert.ok(stream.items.every((item, i) => item === i + large), 'The items are the upstream\'s, in order.');
  }
});

scenario('Items of a stream arrive while the upstream still writes, beside other calls', async () => {
  const connection = await connect();
  const streams = [follow(connection, 'endless stream'), follow(connection, 'endless stream')];
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await connection.invoke('echo', i), [i]);
  }

  for (const stream of streams) {
    await until('ten items', () => stream.items.length >= 10);
    assert.deepEqual(stream.items, stream.items.map((_, i) => i));
    stream.cancel();
  }
});

scenario('A stream that the client cancels is aborted upstream within a second', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  const stream = follow(connection, 'endless stream');
  await until('an item', () => stream.items.length > 0);
  stream.cancel();
  const cancelled = Date.now();
  await until('the abort', async () => (await recorded(id)).some((request) => request.path === 'stream aborted'));
  assert.ok(Date.now() - cancelled < 1000 || settings.transport === 'LongPolling', 'It takes less than a second.');
  assert.deepEqual(await connection.invoke('echo', 'after'), ['after']);
});

scenario('A stream that the upstream left open is fed over the REST API', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  const stream = follow(connection, 'open stream', 'x');
  const asked = async () => (await recorded(id)).find((request) => request.event === 'open stream');
  await until('the stream to be asked for', asked);
  await idOf(connection); // answered after the stream
  const streamId = connection._invocationId - 2;
  const path = `hubs/raw/connections/${id}/streams/${streamId}`;
  for (let i = 0; i < 20; i++) {
    assert.equal((await rest('POST', `${path}/:send`, JSON.stringify({ i }))).status, 202);
  }

  assert.equal((await rest('POST', `${path}/:complete`)).status, 202);
  assert.equal(await stream.ended, undefined);
  assert.deepEqual(stream.items, Array.from({ length: 20 }, (_, i) => ({ i })));
});

scenario('A stream may end with its last item or with an error', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  const last = follow(connection, 'open stream');
  await idOf(connection);
  const path = `hubs/raw/connections/${id}/streams/`;
  assert.equal((await rest('POST', `${path}${connection._invocationId - 2}/:send?completed=true`, '"end"')).status, 202);
  assert.equal(await last.ended, undefined);
  assert.deepEqual(last.items, ['end']);

  const failing = follow(connection, 'open stream');
  await idOf(connection);
  assert.equal((await rest('POST', `${path}${connection._invocationId - 2}/:complete?error=${encodeURIComponent('gone 🙅')}`)).status, 202);
  assert.match((await failing.ended).message, /gone 🙅/);
});

scenario('A stream that the upstream refuses ends in an error', async () => {
  const connection = await connect();
  assert.match((await follow(connection, 'status-404').ended).message, /status code 404/);
});

await run();
