// Stateful reconnect: the client's socket is cut again and again, and neither the client nor the upstream notices.
import { assert, client, cut, idOf, listen, recorded, run, scenarioWithStatefulReconnect, send, settings, until } from './suite.mjs';

const stateful = { stateful: true, negotiated: true };

async function start() {
  const connection = client(stateful);
  await connection.start();
  return connection;
}

scenarioWithStatefulReconnect('Messages sent while the socket is cut arrive, once and in order', async () => {
  const connection = await start();
  const heard = listen(connection, 'count');
  const id = await idOf(connection);
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 20; i++) {
      if (i === 10) {
        cut(connection);
      }

      await send(`/connections/${id}`, 'count', round * 20 + i);
    }
  }

  for (let i = 0; i < 100; i++) {
    assert.equal(await heard.next(), i);
  }

  assert.ok(heard.isEmpty);
  assert.equal(await idOf(connection), id);
});

scenarioWithStatefulReconnect('Calls made while the socket is cut are answered, once and in order', async () => {
  const connection = await start();
  const id = await idOf(connection);
  const answers = [];
  for (let i = 0; i < 60; i++) {
    if (i % 20 === 10) {
      cut(connection);
    }

    answers.push(connection.invoke('echo', i));
  }

  for (let i = 0; i < 60; i++) {
    assert.deepEqual(await answers[i], [i]);
  }

  const calls = (await recorded(id)).filter((request) => request.event === 'echo');
  assert.equal(calls.length, 60);
});

scenarioWithStatefulReconnect('The upstream sees one connected and one disconnected however often the socket is cut', async () => {
  const connection = await start();
  const id = await idOf(connection);
  for (let round = 0; round < 5; round++) {
    cut(connection);
    assert.deepEqual(await connection.invoke('echo', round), [round]);
  }

  assert.ok(connection.reconnectingEvents.isEmpty && connection.closeEvents.isEmpty, 'The app is not told of a socket.');
  await connection.stop();
  await until('the disconnected event', async () => (await recorded(id)).at(-1).event === 'disconnected');
  const events = (await recorded(id)).filter((request) => request.category === 'connections').map((request) => request.event);
  assert.deepEqual(events, ['connected', 'disconnected']);
});

scenarioWithStatefulReconnect('Large messages both ways survive a cut', async () => {
  const connection = await start();
  const large = 'x'.repeat(900_000);
  const answer = connection.invoke('echo', large);
  cut(connection);
  assert.deepEqual(await answer, [large]);
});

await run();
