// Messages that the management API sends to connected clients.
import { assert, connect, idOf, isBinary, listen, rest, run, scenario, send, until } from './suite.mjs';

let count = 0;
const unique = (name) => `${name} ${isBinary ? 'b' : 'j'}${process.pid}-${count++}`;
const segment = encodeURIComponent;

/** Sends a last message to all, and checks that these clients received none before it. */
async function nothingElse(...inboxes) {
  await send('', inboxes[0].name, 'the end');
  for (const inbox of inboxes) {
    assert.equal(await inbox.next(), 'the end');
  }
}

scenario('A broadcast reaches everyone who listens', async () => {
  const connections = await Promise.all([connect(), connect(), connect()]);
  const inboxes = connections.map((connection) => listen(connection, 'news'));
  await send('', 'news', { text: 'first' });
  for (const inbox of inboxes) {
    assert.deepEqual(await inbox.next(), { text: 'first' });
  }

  await nothingElse(...inboxes);
});

scenario('A handler that was taken off hears no more', async () => {
  const connection = await connect();
  const heard = listen(connection, 'kept');
  let calls = 0;
  const handler = () => calls++;
  connection.on('news', handler);
  await send('', 'news', 1);
  await until('the first message', () => calls === 1);
  connection.off('news', handler);
  await send('', 'news', 2);
  await nothingElse(heard);
  assert.equal(calls, 1);
});

scenario('Excluded connections are left out of a broadcast', async () => {
  const [one, two, three] = await Promise.all([connect(), connect(), connect()]);
  const inboxes = [one, two, three].map((connection) => listen(connection, 'news'));
  await send(`?excluded=${await idOf(one)}&excluded=${await idOf(three)}`, 'news', 'for two');
  assert.equal(await inboxes[1].next(), 'for two');
  await nothingElse(...inboxes);
});

scenario('A message to a user reaches all connections of that user only', async () => {
  const user = unique('Zoë/1');
  const connections = await Promise.all([connect({ user }), connect({ user }), connect({ user: unique('other') }), connect()]);
  const inboxes = connections.map((connection) => listen(connection, 'news'));
  await send(`/users/${segment(user)}`, 'news', 'for the user');
  assert.equal(await inboxes[0].next(), 'for the user');
  assert.equal(await inboxes[1].next(), 'for the user');
  await nothingElse(...inboxes);
});

scenario('A message to a connection reaches it alone', async () => {
  const [one, two] = await Promise.all([connect(), connect()]);
  const inboxes = [listen(one, 'news'), listen(two, 'news')];
  await send(`/connections/${await idOf(two)}`, 'news', 'for two');
  assert.equal(await inboxes[1].next(), 'for two');
  await nothingElse(...inboxes);
});

scenario('A message to a group reaches its members until they are taken out', async () => {
  const group = unique('grüppe');
  const [one, two, three] = await Promise.all([connect(), connect(), connect()]);
  const ids = await Promise.all([idOf(one), idOf(two)]);
  const inboxes = [one, two, three].map((connection) => listen(connection, 'news'));
  for (const id of ids) {
    assert.equal((await rest('PUT', `hubs/raw/groups/${segment(group)}/connections/${id}`)).status, 200);
  }

  await send(`/groups/${segment(group)}`, 'news', 'to both');
  assert.equal(await inboxes[0].next(), 'to both');
  assert.equal(await inboxes[1].next(), 'to both');
  await send(`/groups/${segment(group)}?excluded=${ids[0]}`, 'news', 'but one');
  assert.equal(await inboxes[1].next(), 'but one');
  assert.equal((await rest('DELETE', `hubs/raw/groups/${segment(group)}/connections/${ids[1]}`)).status, 200);
  await send(`/groups/${segment(group)}`, 'news', 'to one');
  assert.equal(await inboxes[0].next(), 'to one');
  await nothingElse(...inboxes);
});

scenario('A user added to a group brings connections of now and of later', async () => {
  const user = unique('user');
  const group = unique('group');
  const now = await connect({ user });
  const heardNow = listen(now, 'news');
  assert.equal((await rest('PUT', `hubs/raw/users/${segment(user)}/groups/${segment(group)}`)).status, 200);
  const later = await connect({ user });
  const heardLater = listen(later, 'news');
  await send(`/groups/${segment(group)}`, 'news', 'to both');
  assert.equal(await heardNow.next(), 'to both');
  assert.equal(await heardLater.next(), 'to both');
  assert.equal((await rest('HEAD', `hubs/raw/users/${segment(user)}/groups/${segment(group)}`)).status, 200);
  assert.equal((await rest('DELETE', `hubs/raw/users/${segment(user)}/groups/${segment(group)}`)).status, 204);
  const gone = await rest('HEAD', `hubs/raw/users/${segment(user)}/groups/${segment(group)}`);
  assert.deepEqual([gone.status, gone.code], [404, 'Info.User.NotInGroup']);
  await send(`/groups/${segment(group)}`, 'news', 'to nobody');
  await nothingElse(heardNow, heardLater);
});

scenario('Version 1 of the API sends in all four ways', async () => {
  const user = unique('user');
  const group = unique('group');
  const connection = await connect({ user });
  const id = await idOf(connection);
  const heard = listen(connection, 'news');
  assert.equal((await rest('PUT', `v1/hubs/raw/groups/${segment(group)}/connections/${id}`)).status, 200);
  for (const to of ['', `/users/${segment(user)}`, `/groups/${segment(group)}`, `/connections/${id}`]) {
    assert.equal((await rest('POST', `v1/hubs/raw${to}`, { Target: 'news', Arguments: [to] })).status, 202);
    assert.equal(await heard.next(), to);
  }
});

scenario('Connection, user and group exist while somebody is there', async () => {
  const user = unique('user');
  const group = unique('group');
  const connection = await connect({ user });
  const id = await idOf(connection);
  await rest('PUT', `hubs/raw/groups/${segment(group)}/connections/${id}`);
  const asked = [[`connections/${id}`, 'Connection'], [`users/${segment(user)}`, 'User'], [`groups/${segment(group)}`, 'Group']];
  for (const [path] of asked) {
    assert.equal((await rest('HEAD', `hubs/raw/${path}`)).status, 200, path);
  }

  await connection.stop();
  for (const [path, scope] of asked) {
    await until(`${path} to be gone`, async () => (await rest('HEAD', `hubs/raw/${path}`)).status === 404);
    assert.equal((await rest('HEAD', `hubs/raw/${path}`)).code, `Warning.${scope}.NotExisted`);
  }
});

scenario('One broadcast serves clients of both protocols', async () => {
  const [json, binary] = await Promise.all([connect({ protocol: 'json' }), connect({ protocol: 'messagepack' })]);
  const inboxes = [listen(json, 'news'), listen(binary, 'news')];
  const content = [{ text: 'ünïcödé 🙂\u0000\u2028', list: [1, -1, 1.5, 2 ** 53 - 1, 1e300], empty: {}, none: [], nothing: null, yes: true }, 'second'];
  await send('', 'news', ...content);
  for (const inbox of inboxes) {
    assert.deepEqual(await inbox.next(), content);
  }

  // Integers that no JavaScript number holds arrive as near as one comes, in both protocols.
  assert.equal((await rest('POST', 'hubs/raw/:send', '{"target":"news","arguments":[18446744073709551615]}')).status, 202);
  for (const inbox of inboxes) {
    assert.equal(Number(await inbox.next()), 18446744073709551615);
  }
});

scenario('Messages to one client arrive in the order in which the API took them', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  const heard = listen(connection, 'news');
  for (let i = 0; i < 60; i += 2) {
    await send(`/connections/${id}`, 'news', i);
    await send('', 'news', i + 1);
  }

  for (let i = 0; i < 60; i++) {
    assert.equal(await heard.next(), i);
  }
});

scenario('A broadcast of 900 KB arrives whole', async () => {
  const connections = await Promise.all([connect(), connect()]);
  const inboxes = connections.map((connection) => listen(connection, 'news'));
  const big = 'äbcdefgh '.repeat(90 * 1024);
  await send('', 'news', big);
  for (const inbox of inboxes) {
    assert.ok((await inbox.next()) === big, 'The text has changed.');
  }
});

scenario('A body with line ends between its tokens arrives whole', async () => {
  const connection = await connect();
  const heard = listen(connection, 'news');
  for (const end of ['\r', '\n', '\r\n', '\n\r', '\r\r\n\n']) {
    const body = `{"target":"news",${end}"arguments":${end}[${end}{"text":${end}"a\\r\\n\\u0000\\u001b\u2028\u0085",${end}"list":[1,${end}2]${end}},${end}"last"${end}]${end}}`;
    assert.equal((await rest('POST', 'hubs/raw/:send', body)).status, 202);
    assert.deepEqual(await heard.next(), [{ text: 'a\r\n\u0000\u001b\u2028\u0085', list: [1, 2] }, 'last'], JSON.stringify(end));
  }

  await send('', 'news', 'the end');
  assert.equal(await heard.next(), 'the end');
});

scenario('A client that knows it is connected misses no broadcast', async () => {
  for (let i = 0; i < 25; i++) {
    const connection = await connect();
    const heard = listen(connection, 'news');
    await send('', 'news', i);
    assert.equal(await heard.next(), i);
    await connection.stop();
  }
});

await run();
