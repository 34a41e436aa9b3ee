// The start, end and return of connections, with a gateway of this script's own that pings every second and takes 5 s of
// silence for the end.
import { assert, client, clientToken, connect, idOf, jwt, listen, ownGateway, recorded, rest, run, scenario, scenarioWithPings, settings, sleep, until } from './suite.mjs';

const delays = Array.from({ length: 100 }, () => 100);
const gateway = await ownGateway('start');

async function reconnected(connection) {
  await connection.reconnectedEvents.next();
  assert.deepEqual(await connection.invoke('echo', 'back'), ['back']);
}

scenario('A REST close ends a client with its reason', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  assert.equal((await rest('DELETE', `hubs/raw/connections/${id}?reason=${encodeURIComponent('Gö home 🙂')}`)).status, 200);
  assert.match((await connection.closeEvents.next()).message, /Gö home 🙂/);
  await until('the disconnected event', async () => (await recorded(id)).at(-1).event === 'disconnected');
  assert.deepEqual(JSON.parse((await recorded(id)).at(-1).body.toString().toLowerCase()), { type: 11 });
});

scenario('A client that was closed by REST comes back by itself', async () => {
  const connection = await connect({ reconnectDelays: delays });
  const id = await idOf(connection);
  await rest('DELETE', `hubs/raw/connections/${id}?reason=again`);
  assert.match((await connection.reconnectingEvents.next()).message, /again/);
  await reconnected(connection);
  assert.notEqual(await idOf(connection), id);
});

scenario('A client that sent a message over the limit comes back by itself', async () => {
  const connection = await connect({ reconnectDelays: delays });
  const id = await idOf(connection);
  connection.send('too large', 'x'.repeat(1024 * 1024)).catch(() => {});
  assert.match((await connection.reconnectingEvents.next()).message, /maximum message size/);
  await reconnected(connection);
  assert.notEqual(await idOf(connection), id);
});

scenario('Closing a group leaves the excluded and the others', async () => {
  const connections = await Promise.all([connect(), connect(), connect()]);
  const ids = await Promise.all(connections.map((connection) => idOf(connection)));
  const group = `closing ${process.pid}`;
  for (const id of ids.slice(0, 2)) {
    await rest('PUT', `hubs/raw/groups/${encodeURIComponent(group)}/connections/${id}`);
  }

  const path = `hubs/raw/groups/${encodeURIComponent(group)}/:closeConnections?excluded=${ids[1]}&reason=closing`;
  assert.equal((await rest('POST', path)).status, 204);
  assert.match((await connections[0].closeEvents.next()).message, /closing/);
  assert.deepEqual(await connections[1].invoke('echo', 1), [1]);
  assert.deepEqual(await connections[2].invoke('echo', 2), [2]);
});

scenario('Units are those of the service’s own examples', async () => {
  const clients = await Promise.all([1, 2, 3].map(() => connect({ gateway })));
  const inboxes = clients.map((connection) => listen(connection, 'units'));
  const id = await idOf(clients[1]);
  const toAll = async (text) => {
    assert.equal((await rest('POST', 'hubs/raw/:send', { target: 'units', arguments: [text] }, gateway)).status, 202);
    for (const inbox of inboxes) {
      assert.equal(await inbox.next(), text);
    }
  };
  await toAll('all that came before is counted');
  let before = await used();
  const cost = async (clientUnits, upstreamUnits) => {
    await until(`${clientUnits} units to clients and ${upstreamUnits} to the upstream`, async () => {
      const now = await used();
      assert.ok(now.clientUnits - before.clientUnits <= clientUnits && now.upstreamUnits - before.upstreamUnits <= upstreamUnits, JSON.stringify([before, now]));
      return now.clientUnits - before.clientUnits === clientUnits && now.upstreamUnits - before.upstreamUnits === upstreamUnits;
    });
    before = await used();
  };

  // 1 KB to three clients.
  await toAll('x'.repeat(1000));
  await cost(3, 0);

  // 1 KB from one client to another, which a function forwards.
  await clients[0].send('note', 'x'.repeat(1000));
  assert.equal((await rest('POST', `hubs/raw/connections/${id}/:send`, { target: 'units', arguments: ['x'.repeat(1000)] }, gateway)).status, 202);
  await inboxes[1].next();
  await cost(1, 1);

  // 4 KB from a client, to three.
  await clients[0].send('note', 'x'.repeat(4000));
  await toAll('x'.repeat(4000));
  await cost(6, 2);
});

/** Returns the usage of hub 'raw' on the script's own gateway. */
async function used() {
  const day = (moment) => new Date(moment).toISOString().slice(0, 10);
  const url = new URL('admin/usage', gateway).href;
  const token = jwt({ aud: url, exp: Math.floor(Date.now() / 1000) + 3600 });
  const answer = await fetch(`${url}?hub=raw&by=day&from=${day(Date.now() - 3_600_000)}&to=${day(Date.now())}`, { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()).total;
}

scenario('A client that stops is gone without an error', async () => {
  const connection = await connect();
  const id = await idOf(connection);
  await connection.stop();
  assert.equal((await connection.closeEvents.next()) ?? null, null);
  await until('the connection to be gone', async () => (await rest('HEAD', `hubs/raw/connections/${id}`)).status === 404);
});

scenario('Wrong tokens are refused', async () => {
  const wrong = {
    'an expired token': clientToken('raw', { lifetime: -600 }),
    'another key': clientToken('raw', { key: 'not-the-key-of-this-gateway-0123456789abcdef' }),
    'the audience of another hub': clientToken('other'),
    'no token at all': 'nonsense',
  };
  for (const [what, token] of Object.entries(wrong)) {
    await assert.rejects(client({ token }).start(), settings.skipNegotiation ? Error : /401/, what);
    const response = await fetch(new URL('client/negotiate?hub=raw&negotiateVersion=1', settings.gateway), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    });
    assert.equal(response.status, 401, what);
    assert.ok((await response.text()).length > 0, `${what}: the answer says why`);
  }

  const other = await connect({ token: clientToken('raw', { key: settings.keys[1] }) });
  assert.deepEqual(await other.invoke('echo', 'the second key'), ['the second key']);
});

scenario('A client comes back when its gateway was killed and started again', async () => {
  const connection = await connect({ gateway, reconnectDelays: delays });
  const before = await idOf(connection);
  await ownGateway('kill');
  await connection.reconnectingEvents.next();
  await ownGateway('start');
  await reconnected(connection);
  assert.notEqual(await idOf(connection), before);
});

scenario('A gateway that is stopped sends its clients away to come back', async () => {
  const connection = await connect({ gateway, reconnectDelays: delays });
  const id = await idOf(connection);
  await ownGateway('stop');
  assert.match((await connection.reconnectingEvents.next()).message, /Service reloading, try reconnecting/);
  assert.equal((await recorded(id)).at(-1).event, 'disconnected', 'The upstream was told before the process ended.');
  await ownGateway('start');
  await reconnected(connection);
});

scenario('A client without automatic reconnect is told when its gateway dies', async () => {
  const connection = await connect({ gateway });
  await ownGateway('kill');
  const error = await connection.closeEvents.next();
  await ownGateway('start');

  // The client's event source reports only that it has ended.
  assert.ok(error instanceof Error || settings.transport === 'ServerSentEvents');
});

scenarioWithPings('A client notices a gateway that has fallen silent', async () => {
  const connection = await connect({
    gateway,
    reconnectDelays: delays,
    configure: (one) => (one.serverTimeoutInMilliseconds = 2500),
  });
  await ownGateway('freeze');
  try {
    assert.match((await connection.reconnectingEvents.next()).message, /Server timeout elapsed/);
  } finally {
    await ownGateway('thaw');
  }

  await reconnected(connection);
});

scenarioWithPings('A client that has fallen silent is closed and may come back', async () => {
  // The client pings once, right after the handshake, and then not for a minute.
  const connection = await connect({
    gateway,
    reconnectDelays: delays,
    configure: (one) => (one.keepAliveIntervalInMilliseconds = 60_000),
  });
  assert.match((await connection.reconnectingEvents.next()).message, /Connection closed with an error\./);
  await reconnected(connection);
});

scenario('Pings keep a quiet connection open beyond every time limit', async () => {
  const connection = await connect({
    gateway,
    configure: (one) => {
      one.keepAliveIntervalInMilliseconds = 500;
      one.serverTimeoutInMilliseconds = 5000;
    },
  });
  const heard = listen(connection, 'news');
  await sleep(7000); // both limits are 5 s
  assert.ok(connection.closeEvents.isEmpty);
  assert.equal((await rest('POST', 'hubs/raw/:send', { target: 'news', arguments: ['still here?'] }, gateway)).status, 202);
  assert.equal(await heard.next(), 'still here?');
});

await run();
