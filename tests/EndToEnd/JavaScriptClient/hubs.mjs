// A hub of the hub library, Work.cs, called through the gateway.
import { assert, client, connect, idOf, isBinary, listen, logged, run, scenario, settings } from './suite.mjs';

const work = (options) => connect({ hub: 'work', ...options });
const idIn = (connection) => idOf(connection, 'work');

scenario('Typed arguments and results are the same in both protocols', async () => {
  const connection = await work();
  const parcel = { label: 'ä🙂', weight: 1.5, number: 2 ** 53 - 1, contents: ['a', ''], sent: null };
  assert.deepEqual(await connection.invoke('repack', parcel, 2), { ...parcel, label: 'ä🙂ä🙂', weight: 3 });
  assert.equal((await connection.invoke('nothing')) ?? null, null);
});

scenario('The text of a HubException reaches the caller', async () => {
  const connection = await work();
  await assert.rejects(connection.invoke('refuse', 'Nope: ünïcode 🙅'), { message: "An unexpected error occurred invoking 'Refuse' on the server. HubException: Nope: ünïcode 🙅" });
});

scenario('Any other exception is a generic error that tells nothing', async () => {
  const connection = await work();
  await assert.rejects(connection.invoke('break'), { message: "An unexpected error occurred invoking 'Break' on the server." });
});

scenario('Wrong arguments and unknown methods are errors', async () => {
  const connection = await work();
  await assert.rejects(connection.invoke('repack', 'no parcel', 2), Error);
  await assert.rejects(connection.invoke('repack'), { message: "Failed to invoke 'Repack' due to an error on the server." });
  await assert.rejects(connection.invoke('noSuchMethod'), { message: 'Invocation failed, status code 404' });
  assert.equal(await idIn(connection), await idIn(connection), 'The connection lives on.');
});

scenario('The hub sees the user, the claims and the query of its caller', async () => {
  const connection = await work({ user: 'ann', claims: { colour: 'blue' }, query: '&shade=light' });
  const caller = await connection.invoke('whoAmI');
  assert.deepEqual(caller, { connectionId: await idIn(connection), user: 'ann', colour: 'blue', shade: 'light' });
});

scenario('A hub greets in OnConnectedAsync', async () => {
  let greeting;
  const connection = await work({ configure: (one) => (greeting = listen(one, 'welcome')) });
  assert.equal(await greeting.next(), await idIn(connection));
});

scenario('A client that the hub refuses is closed with an error', async () => {
  const connection = client({ hub: 'work', user: 'unwelcome' });
  // The close message may arrive while start is still in progress, or after it; and a client that sends by POST may first learn that the
  // connection does not exist. Over server-sent events, a client that receives it while its first ping is being sent calls itself connected and
  // raises no close event, with every server: only its log has the error.
  const closed = async () => (settings.transport === 'ServerSentEvents' ? logged(/disconnected with error/) : (await connection.closeEvents.next()).message);
  const message = await connection.start().then(closed, (problem) => problem.message);
  assert.match(message, settings.transport === 'WebSockets' ? /refused by the upstream, status code 403/ : /status code 403|404/);
});

scenario('What a method sends to its caller arrives before its result', async () => {
  const connection = await work();
  const order = [];
  connection.on('told', () => order.push('told'));
  for (let i = 0; i < 20; i++) {
    order.length = 0;
    order.push(await connection.invoke('tellThenAnswer'));
    assert.deepEqual(order, ['told', 'answer']);
  }
});

scenario('A hub sends to all, others, caller, one connection, a user', async () => {
  const user = `bea ${process.pid}`;
  const [caller, other, third] = await Promise.all([work({ user: 'ann' }), work({ user }), work()]);
  const inboxes = [caller, other, third].map((connection) => listen(connection, 'said'));
  const expectations = [
    ['all', '', [0, 1, 2]],
    ['others', '', [1, 2]],
    ['caller', '', [0]],
    ['connection', await idIn(third), [2]],
    ['user', user, [1]],
  ];
  for (const [whom, name, hearers] of expectations) {
    await caller.invoke('tell', whom, name, whom);
    for (const hearer of hearers) {
      assert.equal(await inboxes[hearer].next(), whom);
    }
  }

  await caller.invoke('tell', 'all', '', 'the end');
  for (const inbox of inboxes) {
    assert.equal(await inbox.next(), 'the end');
  }
});

scenario('Groups that functions manage have the members they say', async () => {
  const group = `grüppe/${process.pid} ${isBinary}`;
  const [one, two, three] = await Promise.all([work(), work(), work({ user: `cid ${process.pid} ${isBinary}` })]);
  const inboxes = [one, two, three].map((connection) => listen(connection, 'said'));
  const tell = async (whom, text, hearers) => {
    await one.invoke('tell', whom, group, text);
    await one.invoke('tell', 'all', '', `after ${text}`);
    for (const [at, inbox] of inboxes.entries()) {
      assert.equal(await inbox.next(), hearers.includes(at) ? text : `after ${text}`, `${text}, client ${at}`);
      if (hearers.includes(at)) {
        assert.equal(await inbox.next(), `after ${text}`);
      }
    }
  };

  await one.invoke('joinGroup', group);
  await two.invoke('joinGroup', group);
  await tell('group', 'to both', [0, 1]);
  await tell('others in group', 'to the other', [1]);
  await two.invoke('leaveGroup', group);
  await tell('group', 'to the one left', [0]);
  await three.invoke('joinGroupAsUser', group);
  await tell('group', 'to the user too', [0, 2]);
  await three.invoke('leaveGroupAsUser', group);
  await tell('group', 'without the user', [0]);
});

scenario('A hub hears once that a client has left', async () => {
  const [watcher, leaver] = await Promise.all([work(), work()]);
  const heard = listen(watcher, 'left');
  const id = await idIn(leaver);
  await watcher.invoke('joinGroup', 'watchers');
  await leaver.stop();
  let left = await heard.next();
  while (left[0] !== id) {
    left = await heard.next(); // a client of an earlier scenario
  }

  assert.equal(left[1], null);
});

await run();
