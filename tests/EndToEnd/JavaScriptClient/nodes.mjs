// Three gateways over Redis behind a proxy without affinity: each request, of clients and of REST callers, goes to the next node.
import { assert, connect, cut, idOf, listen, ownGateway, recorded, rest, run, scenario, scenarioWithStatefulReconnect, until } from './suite.mjs';

const gateway = await ownGateway('nodes');
const delays = Array.from({ length: 100 }, () => 100);

async function call(method, path, body) {
  return (await rest(method, `hubs/raw${path}`, body, gateway)).status;
}

async function take(inbox, count) {
  const items = [];
  while (items.length < count) {
    items.push(await inbox.next());
  }

  return items.sort();
}

scenario('Invocations are answered whichever nodes take the requests', async () => {
  const connection = await connect({ gateway });
  for (let i = 0; i < 12; i++) {
    assert.deepEqual(await connection.invoke('echo', i), [i]);
  }
});

scenario('What a client sends goes upstream in order whichever nodes take it', async () => {
  const connection = await connect({ gateway });
  const id = await idOf(connection);
  for (let i = 0; i < 12; i++) {
    await connection.send(`nothing ${i}`);
  }

  await connection.invoke('echo', 'the end');
  const targets = (await recorded(id)).filter((request) => request.event?.startsWith('nothing ')).map((request) => request.event);
  assert.deepEqual(targets, Array.from({ length: 12 }, (_, i) => `nothing ${i}`));
});

scenario('Everyone, users, groups and connections are reached from any node', async () => {
  const mark = `nodes-${process.pid}`;
  const clients = await Promise.all([0, 1, 2].map((i) => connect({ gateway, user: `${mark}-${i}` })));
  const heard = clients.map((connection) => listen(connection, mark));
  const ids = await Promise.all(clients.map((connection) => idOf(connection)));
  for (const id of ids) {
    assert.equal(await call('PUT', `/groups/${mark}/connections/${id}`), 200);
  }

  // Three messages of each kind, so that each node takes one.
  for (const to of ['', `/groups/${mark}`, `/users/${mark}-0`, `/connections/${ids[1]}`]) {
    for (let i = 0; i < 3; i++) {
      assert.equal(await call('POST', `${to}/:send`, { target: mark, arguments: [`${to} ${i}`] }), 202);
    }
  }

  const texts = (...targets) => targets.flatMap((to) => [0, 1, 2].map((i) => `${to} ${i}`)).sort();
  assert.deepEqual(await take(heard[0], 9), texts('', `/groups/${mark}`, `/users/${mark}-0`));
  assert.deepEqual(await take(heard[1], 9), texts('', `/groups/${mark}`, `/connections/${ids[1]}`));
  assert.deepEqual(await take(heard[2], 6), texts('', `/groups/${mark}`));
});

scenario('A client that stops is gone on every node, and its end is told once', async () => {
  const connection = await connect({ gateway });
  const id = await idOf(connection);
  await connection.stop();
  for (let i = 0; i < 3; i++) {
    await until('the connection to be gone', async () => (await call('HEAD', `/connections/${id}`)) === 404);
  }

  const events = async () => (await recorded(id)).map((request) => request.event);
  await until('the disconnected event', async () => (await events()).includes('disconnected'));
  assert.deepEqual((await events()).filter((event) => event.endsWith('connected')), ['connected', 'disconnected']);
});

scenario('A client that any node closes comes back to any other', async () => {
  const connection = await connect({ gateway, reconnectDelays: delays });
  const before = await idOf(connection);
  assert.equal(await call('DELETE', `/connections/${before}?reason=again`), 200);
  await connection.reconnectedEvents.next();
  assert.notEqual(await idOf(connection), before);
});

scenarioWithStatefulReconnect('A client whose socket is cut again and again comes back at any node and misses nothing', async () => {
  const connection = await connect({ gateway, stateful: true });
  const id = await idOf(connection);
  const heard = listen(connection, 'count');
  const answers = [];
  const large = 'x'.repeat(200_000);
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 8; i++) {
      if (i === 4) {
        cut(connection);
      }

      answers.push(connection.invoke('echo', round * 8 + i, i === 5 ? large : ''));
      assert.equal(await call('POST', `/connections/${id}/:send`, { target: 'count', arguments: [round * 8 + i] }), 202);
    }

    // Otherwise the next cut could come before the client has noticed this one.
    await Promise.all(answers);
  }

  const numbers = [];
  for (let i = 0; i < 96; i++) {
    numbers.push(await heard.next());
    assert.deepEqual(await answers[i], [i, i % 8 === 5 ? large : '']);
  }

  // The client's own node may deliver its own messages before those that another node accepted just before.
  assert.deepEqual(numbers.sort((a, b) => a - b), Array.from({ length: 96 }, (_, i) => i));

  assert.ok(heard.isEmpty && connection.reconnectingEvents.isEmpty && connection.closeEvents.isEmpty, 'The app is not told of a socket.');
  assert.equal(await idOf(connection), id);
  await connection.stop();
  await until('the disconnected event', async () => (await recorded(id)).at(-1).event === 'disconnected');
  const events = (await recorded(id)).map((request) => request.event);
  assert.deepEqual(events.filter((event) => event.endsWith('connected')), ['connected', 'disconnected']);
  assert.equal(events.filter((event) => event === 'echo').length, 96);
});

scenarioWithStatefulReconnect('The death of the node that it lives on makes a client reconnect in the ordinary way', async () => {
  const connection = await connect({ gateway, stateful: true, reconnectDelays: delays });
  const before = await idOf(connection);
  cut(connection);
  assert.deepEqual(await connection.invoke('echo', 'back'), ['back']);
  for (let node = 0; node < 3; node++) {
    await ownGateway('another for the next node');
  }

  assert.notEqual(await connection.reconnectedEvents.next(), before);
  await until('the disconnected event', async () => (await recorded(before)).at(-1).event === 'disconnected');
  const events = (await recorded(before)).map((request) => request.event);
  assert.deepEqual(events.filter((event) => event.endsWith('connected')), ['connected', 'disconnected']);
  await until('an answer', async () => (await connection.invoke('echo', 'here').catch(() => []))[0] === 'here');
});

await run();
