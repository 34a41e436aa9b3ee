// The gateway's own hub at /admin/live, with the official client as its viewer.
import { readFile } from 'node:fs/promises';
import { HttpTransportType, HubConnectionBuilder } from '@microsoft/signalr';
import { assert, client, connect, idOf, jwt, listen, rest, run, scenarioWithViewer, send, settings, until } from './suite.mjs';

/** Returns a started viewer. */
async function view() {
  const url = new URL('admin/live', settings.gateway).href;
  const token = jwt({ aud: url, exp: Math.floor(Date.now() / 1000) + 3600 });
  const viewer = client({ view: url, token });
  await viewer.start();
  return viewer;
}

/** Returns the events that a viewer receives; resolves when all nodes are watching. */
async function watch(filter) {
  const viewer = await view();
  const events = [];
  let isOn = false;
  let failure;
  const subscription = viewer.stream('watch', filter).subscribe({
    next: (item) => {
      isOn = true;
      events.push(...item.events);
    },
    error: (error) => (failure = error),
    complete: () => (failure = new Error('It has ended.')),
  });
  await until('the watch to begin', () => {
    assert.ifError(failure);
    return isOn;
  });
  return { viewer, subscription, of: (name) => events.filter((event) => event.event === name), events };
}

scenarioWithViewer('A viewer follows a call and the function’s answer by one id', async () => {
  const user = `live-${process.pid}-${Date.now()}`;
  const { of, events } = await watch({ user });
  const connection = await connect({ user });
  assert.deepEqual(await connection.invoke('echo', 'hello'), ['hello']);
  await until('the completion', () => of('CompletionSent').length > 0);
  const { tracingId } = of('CompletionSent')[0];
  assert.ok(Number.isSafeInteger(tracingId));
  assert.deepEqual(
    events.filter((event) => event.tracingId === tracingId).map((event) => event.event),
    ['MessageReceived', 'UpstreamRequest', 'UpstreamAnswered', 'CompletionSent'],
  );
  assert.equal(of('ConnectionStarted')[0].transport, settings.transport);
  assert.ok(!JSON.stringify(events).includes('hello'));
});

scenarioWithViewer('A viewer follows a send to its delivery and sees why another reaches nobody', async () => {
  const group = `live-${process.pid}-${Date.now()}`;
  const { of, subscription } = await watch({ group });
  const connection = await connect();
  const inbox = listen(connection, group);
  const id = await idOf(connection);
  await send(`/groups/${group}`, group, 'nobody');
  await until('the reason', () => of('MessageUndelivered').length > 0);
  assert.equal(of('MessageUndelivered')[0].reason, 'group_empty');
  assert.equal((await rest('PUT', `hubs/raw/groups/${group}/connections/${id}`)).status, 200);
  await send(`/groups/${group}`, group, 'somebody');
  assert.equal(await inbox.next(), 'somebody');
  await until('the delivery', () => of('MessageDelivered').length > 0);
  assert.equal(of('MessageDelivered')[0].connectionId, id);
  assert.equal(of('GroupJoined')[0].connectionId, id);
  subscription.dispose();
});

scenarioWithViewer('An overview comes each second, and once when it is invoked', async () => {
  const viewer = await view();
  const once = await viewer.invoke('overview');
  assert.equal(once.nodes.length, 1);
  const items = [];
  viewer.stream('overview').subscribe({ next: (item) => items.push(item), error() {}, complete() {} });
  await until('two items', () => items.length >= 2);
  assert.ok(items[1].viewers >= 1);
  await assert.rejects(viewer.invoke('nothing'), /It has: .*overview.*watch/);
});

scenarioWithViewer('The viewer that the document shows is fed, with what the document says', async () => {
  const text = await readFile(new URL('../../../docs/live-trace.md', import.meta.url), 'utf8');
  const blocks = (language) => [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map((match) => match[1]);
  const url = new URL('admin/live', settings.gateway).href;
  const code = `${blocks('js').join('').replace("'/admin/live'", JSON.stringify(url))}; return viewer;`;
  const items = [];
  const watched = [];
  const show = (first, omitted) => (omitted === undefined ? items : watched).push(first);
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  const token = jwt({ aud: url, exp: Math.floor(Date.now() / 1000) + 3600 });
  let failure;
  const error = (problem) => (failure = problem);
  const viewer = await new AsyncFunction('HubConnectionBuilder', 'HttpTransportType', 'token', 'show', 'error', 'complete', code)(
    HubConnectionBuilder, HttpTransportType, token, show, error, () => {});
  try {
    await until('an overview, and the watch to begin', () => {
      assert.ifError(failure);
      return items.length > 0 && watched.length > 0;
    });
    const [overview, item] = blocks('json').map((sample) => JSON.parse(sample));
    assert.deepEqual(Object.keys(items[0]).sort(), Object.keys(overview).sort());
    for (const part of ['messages', 'unitsToday', 'slowConsumers']) {
      assert.deepEqual(Object.keys(items[0][part]).sort(), Object.keys(overview[part]).sort());
    }

    assert.deepEqual(Object.keys(items[0].nodes[0]).sort(), Object.keys(overview.nodes[0]).sort());

    // The sample is of a client's call; values that do not apply are missing.
    const user = `live-${process.pid}-${Date.now()}`;
    const { of } = await watch({ user });
    const connection = await connect({ user });
    await connection.invoke('echo', 'hello');
    await until('the call', () => of('MessageReceived').length > 0);
    assert.deepEqual(Object.keys(of('MessageReceived')[0]).sort(), Object.keys(item.events[0]).sort());
  } finally {
    await viewer.stop();
  }
});

await run();
