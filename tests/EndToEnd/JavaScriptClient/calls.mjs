// A client's calls and their answers, with an upstream that records requests and answers as configured.
import { createHmac } from 'node:crypto';
import { decode } from '@msgpack/msgpack';
import { assert, connect, idOf, isBinary, recorded, run, scenario, settings, until } from './suite.mjs';

const awkwardTexts = ['', 'ünïcödé', '日本語', '🙂👩‍👩‍👧', 'مرحبا', 'a\u0000b', '\u2028\u2029', '"\\/', '\u001e{"type":6}\u001e', '\ufeff'];
const awkwardNumbers = [0, -1, 127, 128, 255, 256, -32, -33, 65535, 65536, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1),
  0.1, -1.5e-7, 1.7976931348623157e308, 5e-324];

scenario('An invocation returns its result', async () => {
  const connection = await connect();
  const value = { text: 'a', list: [1, [2, { deep: true }]], nothing: null, no: false };
  assert.deepEqual(await connection.invoke('echo', value, 'and', 3), [value, 'and', 3]);
  assert.deepEqual(await connection.invoke('echo'), []);
});

scenario('An invocation that returns nothing ends', async () => {
  const connection = await connect();
  for (const target of ['nothing', 'nothing, as 204', 'nothing, chunked']) {
    assert.equal((await connection.invoke(target)) ?? null, null, target);
  }
});

scenario('An error of the upstream reaches the caller as its text', async () => {
  const connection = await connect();
  await assert.rejects(connection.invoke('fail'), { message: 'The upstream says no: näh 🙅' });
  assert.deepEqual(await connection.invoke('echo', 1), [1], 'The connection lives on.');
});

scenario('An answer other than 200 is an error that names the status', async () => {
  const connection = await connect();
  for (const status of [201, 302, 400, 404, 500, 503]) {
    await assert.rejects(connection.invoke(`status-${status}`), { message: `Invocation failed, status code ${status}` });
  }
});

scenario('An answer that is no completion of the call is an error, not silence', async () => {
  const connection = await connect();
  const error = { message: "Invocation failed, the upstream's response is no completion of this invocation." };
  await assert.rejects(connection.invoke('garbage'), error);
  await assert.rejects(connection.invoke('answer another call'), error);
});

scenario('An upstream that is not there or breaks off is an error', async () => {
  const connection = await connect();
  await assert.rejects(connection.invoke('drop'), { message: 'Invocation failed, status code 500' });
  const dead = await connect({ hub: 'dead' });
  await assert.rejects(dead.invoke('anything'), { message: 'Invocation failed, status code 500' });
});

scenario('A call that no template matches is an error', async () => {
  const connection = await connect({ hub: 'lonely' });
  await assert.rejects(connection.invoke('anything'), { message: 'Invocation failed, no upstream template matches it.' });
});

scenario('A message sent without waiting reaches the upstream once', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  await connection.send('noted', 'text', 7);
  await until('the message', async () => (await recorded(id)).some((request) => request.event === 'noted'));
  const [request, ...more] = (await recorded(id)).filter((each) => each.event === 'noted');
  assert.equal(more.length, 0);
  if (isBinary) {
    assert.deepEqual(decode(request.body).slice(0, 5), [1, {}, null, 'noted', ['text', 7]]);
  } else {
    assert.deepEqual(JSON.parse(request.body.toString()), { type: 1, target: 'noted', arguments: ['text', 7] });
  }
});

scenario('Upstream requests carry the headers of the service, signed with both keys', async () => {
  const connection = await connect({ user: 'Jörg, "the" 🙂', claims: { colour: 'blue' }, query: '&shade=light%20blue&x=1' });
  const id = await idOf(connection);
  const request = (await recorded(id)).find((each) => each.event === 'connection id');
  const signature = (key) => `sha256=${createHmac('sha256', key).update(id).digest('hex')}`;
  assert.equal(request.headers['x-asrs-connection-id'], id);
  assert.equal(request.headers['x-asrs-hub'], 'raw');
  assert.equal(request.headers['x-asrs-category'], 'messages');
  assert.equal(request.headers['x-asrs-user-id'], 'J%C3%B6rg, "the" %F0%9F%99%82');
  assert.equal(request.headers['x-gateway-encoded-headers'], 'X-ASRS-User-Id,X-ASRS-User-Claims');
  assert.equal(request.headers['x-asrs-signature'].toLowerCase(), settings.keys.map(signature).join(','));
  assert.match(request.headers['x-asrs-user-claims'], /(^|, )colour: blue(,|$)/);
  // Long-polling clients add the time to each poll.
  assert.equal(request.headers['x-asrs-client-query'].replace(/&_=\d+$/, ''), '?hub=raw&shade=light%20blue&x=1');
  assert.equal(request.headers['content-type'], isBinary ? 'application/x-msgpack' : 'application/json');
  assert.equal(request.path, '/raw/raw/messages/connection%20id');
});

scenario('The upstream hears of the connection first and of its end last', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  await connection.send('last word');
  await connection.stop();
  await until('the disconnected event', async () => (await recorded(id)).at(-1)?.event === 'disconnected');
  const requests = await recorded(id);
  assert.deepEqual(requests.map((each) => `${each.category}/${each.event}`),
    ['connections/connected', 'messages/connection id', 'messages/last word', 'connections/disconnected']);
  assert.deepEqual(JSON.parse(requests[0].body.toString()), { type: 10 });
  assert.deepEqual(JSON.parse(requests[3].body.toString().toLowerCase()), { type: 11 });
  assert.match(requests[0].headers['content-type'], /^application\/json/);
});

scenario('The messages of a client reach the upstream in order', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  for (let i = 0; i < 200; i++) {
    connection.send(`step ${i}`);
  }

  await connection.invoke('echo', 'done');
  const steps = (await recorded(id)).map((each) => each.event).filter((event) => event.startsWith('step '));
  assert.deepEqual(steps, Array.from({ length: 200 }, (_, i) => `step ${i}`));
});

scenario('Each of many calls at once gets its own result', async () => {
  const connections = await Promise.all([connect(), connect(), connect()]);
  const calls = connections.flatMap((connection, at) => Array.from({ length: 40 }, (_, i) => connection.invoke('echo', at, i)));
  const results = await Promise.all(calls);
  assert.deepEqual(results, connections.flatMap((_, at) => Array.from({ length: 40 }, (_, i) => [at, i])));
});

scenario('Awkward texts, numbers and bytes come back as they went', async () => {
  const connection = await connect();
  assert.deepEqual(await connection.invoke('echo', ...awkwardTexts), awkwardTexts);
  assert.deepEqual(await connection.invoke('echo', ...awkwardNumbers), awkwardNumbers);
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  if (isBinary) {
    const [back] = await connection.invoke('echo', bytes);
    assert.deepEqual(Buffer.from(back), Buffer.from(bytes));
  } else {
    const text = Buffer.from(bytes).toString('base64');
    assert.deepEqual(await connection.invoke('echo', text), [text]);
  }
});

scenario('More than ten arguments are no trouble', async () => {
  const connection = await connect();
  const many = Array.from({ length: 60 }, (_, i) => i);
  assert.deepEqual(await connection.invoke('echo', ...many), many);
});

scenario('Awkward method names stay one segment of the path', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  const names = ['a/b', 'a b', '100%', '..', 'x?y=1#z', '%2F', 'größe', '{hub}'];
  for (const name of names) {
    assert.deepEqual(await connection.invoke(name, 1), [1], name);
  }

  const requests = (await recorded(id)).slice(-names.length);

  // A header's value is ASCII: other names are percent-encoded.
  assert.deepEqual(requests.map((each) => each.event), names.map((name) => (name === 'größe' ? encodeURIComponent(name) : name)));
  assert.deepEqual(requests.map((each) => decodeURIComponent(each.path.split('/').at(-1))), names);
  assert.deepEqual(requests.map((each) => each.path.split('/').length), names.map(() => 5));
});

scenario('900 KB travel in both directions', async () => {
  const connection = await connect();
  const big = 'abcdefghi '.repeat(90 * 1024);
  const [back] = await connection.invoke('echo', big);
  assert.ok(back === big, 'The text has changed.');
});

scenario('A message of 1 MB closes that client with the reason, and no other', async () => {
  const other = await connect();
  const connection = await connect();
  const id = await idOf(connection);
  connection.send('too large', 'x'.repeat(1024 * 1024)).catch(() => {});
  const error = await connection.closeEvents.next();
  assert.match(error.message, /The maximum message size of 1048576B was exceeded/);
  assert.deepEqual(await other.invoke('echo', 1), [1]);
  await until('the disconnected event', async () => (await recorded(id)).at(-1).event === 'disconnected');
  const requests = await recorded(id);
  assert.ok(requests.every((each) => each.event !== 'too large'));
  assert.match(JSON.parse(requests.at(-1).body.toString().toLowerCase()).error, /maximum message size/);
});

await run();
