// The real function app in a separate process, reached as its page reaches it: negotiate at the app, then the gateway.
import { assert, client, listen, run, scenario, settings } from './suite.mjs';

const api = (path) => new URL(`api/${path}`, settings.functions).href;

/** Returns a started client of the chat and its received messages. */
async function join(name) {
  const url = api(`?user=${encodeURIComponent(name)}`);
  let connection;
  if (settings.skipNegotiation) {
    const response = await fetch(api(`negotiate?user=${encodeURIComponent(name)}`), { method: 'POST' });
    const { url: gateway, accessToken } = await response.json();
    connection = client({ url: gateway, token: accessToken });
  } else {
    connection = client({ url });
  }

  const heard = Object.fromEntries(
    ['here', 'gone', 'joined', 'left', 'said', 'whispered'].map((event) => [event, listen(connection, event)]));
  await connection.start();
  return { connection, ...heard };
}

/** Returns the next message that matches; clients of other scenarios may send messages too. */
async function nextThat(inbox, fits) {
  for (;;) {
    const item = await inbox.next();
    if (fits(item)) {
      return item;
    }
  }
}

scenario('Two people talk in a room', async () => {
  const [ann, bob] = [await join('Änn 🙂'), await join('Bob')];
  await ann.connection.invoke('join', 'tea', false);
  await bob.connection.invoke('join', 'tea', false);
  const [person, room] = await nextThat(ann.joined, ([who]) => who.name === 'Bob');
  assert.equal(room, 'tea');
  assert.equal(person.name, 'Bob');
  await bob.connection.invoke('say', 'tea', 'Höw are you?');
  for (const { said } of [ann, bob]) {
    const message = await said.next();
    assert.equal(message.from, 'Bob');
    assert.equal(message.text, 'Höw are you?');
  }

  await bob.connection.invoke('leave', 'tea');
  await ann.connection.invoke('say', 'tea', 'Alone?');
  assert.equal((await ann.said.next()).text, 'Alone?');
  assert.ok(bob.said.isEmpty);
});

scenario('A direct message reaches its two people and nobody else', async () => {
  const [ann, bob, cid] = [await join('Ann'), await join('Bob & Co'), await join('Cid')];
  await ann.connection.invoke('whisper', 'Bob & Co', 'psst');
  assert.equal((await bob.whispered.next()).text, 'psst');
  assert.equal((await ann.whispered.next()).to, 'Bob & Co');
  await bob.connection.invoke('whisper', 'Cid', 'you too');
  assert.equal((await cid.whispered.next()).text, 'you too');
});

scenario('The hub says in words what is wrong', async () => {
  const ann = await join('Ann');
  await assert.rejects(ann.connection.invoke('whisper', 'Nobody', 'hello?'), { message: /HubException: Nobody is not here\.$/ });
  await assert.rejects(ann.connection.invoke('say', 'tea', ' '), { message: /HubException: A message has 1 to 4000 characters\.$/ });
});

scenario('Who comes is announced, and who goes is gone', async () => {
  const ann = await join('Ann');
  const bob = await join('Bob');
  await bob.connection.invoke('announce', ['tea'], true);
  const [person, introduceYourself] = await nextThat(ann.here, ([who]) => who.name === 'Bob');
  assert.deepEqual([person.rooms, introduceYourself], [['tea'], true]);
  await ann.connection.invoke('introduce', person.connectionId, []);
  assert.equal((await bob.here.next())[0].name, 'Ann');
  await bob.connection.stop();
  await nextThat(ann.gone, (id) => id === person.connectionId);
});

scenario('Nobody comes in without a name', async () => {
  const response = await fetch(api('negotiate'), { method: 'POST' });
  assert.equal(response.status, 401);
});

await run();
