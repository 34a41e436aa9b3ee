// The JavaScript client of the fidelity table; JavaScriptDriver.cs describes its input and output.
import { text } from 'node:stream/consumers';
import { HubConnectionBuilder, JsonHubProtocol, LogLevel, Subject } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';

const limit = 20_000; // milliseconds, for each step
const timedOut = '(timed out)';
const settings = JSON.parse(await text(process.stdin));

/** Returns the value that an argument of the table stands for. */
function value(node, ids = {}) {
  if (typeof node === 'string') {
    return /^\$[a-z]$/.test(node) ? ids[node[1]] ?? node : node;
  }

  if (node === null || typeof node !== 'object') {
    return node;
  }

  if (Array.isArray(node)) {
    return node.map((item) => value(item, ids));
  }

  if ('$date' in node) {
    return new Date(node.$date);
  }

  if ('$bytes' in node) {
    return new Uint8Array(Buffer.from(node.$bytes, 'base64'));
  }

  return Object.fromEntries(Object.entries(node).map(([name, member]) => [name, value(member, ids)]));
}

/** Returns a received value as JSON that keeps its kind. */
function plain(item) {
  if (item === undefined) {
    return { $undefined: true };
  }

  if (item === null || typeof item !== 'object') {
    return typeof item === 'bigint' || Object.is(item, -0) || (typeof item === 'number' && !Number.isFinite(item)) ? { $number: Object.is(item, -0) ? '-0' : String(item) } : item;
  }

  if (item instanceof Date) {
    return { $date: item.toISOString() };
  }

  if (item instanceof Uint8Array) {
    return { $bytes: Buffer.from(item).toString('base64') };
  }

  return Array.isArray(item) ? item.map(plain) : Object.fromEntries(Object.entries(item).map(([name, member]) => [name, plain(member)]));
}

/** A client of a case, which records its messages. */
class Client {
  constructor(row, { name, query, token, answers }) {
    this.name = name;
    this.received = [];
    this.waiting = [];
    this.connection = new HubConnectionBuilder()
      .withUrl(`${settings.url}${row.path}${query ? `?${query}` : ''}`, {
        headers: { 'X-Fidelity': 'header of the client' },
        accessTokenFactory: token ? () => token : undefined,
      })
      .withHubProtocol(settings.protocol === 'messagepack' ? new MessagePackHubProtocol() : new JsonHubProtocol())
      .configureLogging(LogLevel.None)
      .build();
    this.closed = new Promise((resolve) => this.connection.onclose((error) => resolve(error?.message ?? null)));
    for (const message of settings.messages) {
      this.connection.on(message, (...args) => this.receive(row, message, args));
    }

    for (const [method, answer] of Object.entries(answers)) {
      this.connection.on(method, () => {
        if (answer?.$error) {
          throw new Error(answer.$error);
        }

        return value(answer);
      });
    }
  }

  async start() {
    try {
      await this.connection.start();
      this.id = this.connection.connectionId;
    } catch (error) {
      this.startError = error.message;
    }
  }

  receive(row, message, args) {
    if (message === 'settled') {
      this.settled?.();
      return;
    }

    if (message === 'broadcast' && args[0] !== row.run) {
      return;
    }

    this.received.push([message, ...args.map(plain)]);
    this.waiting = this.waiting.filter(({ count, resolve }) => this.received.length < count || resolve());
  }

  hear(count) {
    return this.received.length >= count ? undefined : new Promise((resolve) => this.waiting.push({ count, resolve }));
  }
}

function read(connection, { method, count }, args) {
  return new Promise((resolve) => {
    const record = { items: [] };
    const subscription = connection.stream(method, ...args).subscribe({
      next(item) {
        if (record.items.length < (count ?? Infinity)) {
          record.items.push(plain(item));
          if (record.items.length === count) {
            subscription.dispose();
            resolve({ ...record, end: 'cancelled' });
          }
        }
      },
      complete: () => resolve(record),
      error: (error) => resolve({ ...record, error: error.message }),
    });
  });
}

function upload(connection, method, items) {
  const subject = new Subject();
  const result = connection.invoke(method, subject);
  items.forEach((item) => subject.next(item));
  subject.complete();
  return result;
}

async function act(step, client, args) {
  const { connection } = client;
  switch (step.kind) {
    case 'Invoke':
      return { result: plain(await connection.invoke(step.method, ...args)) };
    case 'InvokeTogether':
      return { result: plain(await Promise.all(Array.from({ length: step.count }, () => connection.invoke(step.method, ...args)))) };
    case 'Send':
      await connection.send(step.method, ...args);
      return { result: 'sent' };
    case 'Stream':
      return read(connection, step, args);
    case 'Open':
      return new Promise((resolve) => {
        connection.stream(step.method, ...args).subscribe({
          next: (item) => resolve({ result: plain(item) }),
          complete: () => resolve({ result: 'complete' }),
          error: (error) => resolve({ error: error.message }),
        });
      });
    case 'Upload':
      return { result: plain(await upload(connection, step.method, args)) };
    case 'Connect':
      await client.start();
      return client.startError ? { error: client.startError } : { result: 'connected' };
    case 'Stop':
      await connection.stop();
      return { result: 'stopped' };
    case 'Hear':
      await client.hear(step.count);
      return { result: 'heard' };
    case 'Settle': {
      const settled = new Promise((resolve) => {
        client.settled = resolve;
      });
      await connection.invoke(step.method);
      await settled;
      return { result: 'settled' };
    }
    case 'AwaitClose':
      return { closed: client.startError ?? (await client.closed) };
    default:
      throw new Error(`${step.kind} is unknown.`);
  }
}

async function within(promise) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(() => resolve({ error: timedOut }), limit);
  });
  const record = await Promise.race([promise.catch((error) => ({ error: error.message })), late]);
  clearTimeout(timer);
  return record;
}

async function run(row) {
  const clients = Object.fromEntries(row.clients.map((client) => [client.name, new Client(row, client)]));
  for (const { name } of row.clients.filter((client) => !client.connectsLater)) {
    await clients[name].start();
  }

  const ids = () => Object.fromEntries(Object.values(clients).map((client) => [client.name, client.id]));
  const steps = [];
  for (const step of row.steps) {
    steps.push(await within(act(step, clients[step.client], value(step.arguments, ids()))));
  }

  const received = Object.fromEntries(Object.values(clients).map((client) => [client.name, client.received]));
  process.stdout.write(`${JSON.stringify({ name: row.name, record: { steps, received }, ids: ids() })}\n`);
  await Promise.all(Object.values(clients).map((client) => client.connection.stop()));
}

// The client sends a stream's cancellation without awaiting it, which fails when the connection has just closed.
process.on('unhandledRejection', () => {});

const rows = [...settings.cases];
await Promise.all(Array.from({ length: settings.atOnce }, async () => {
  for (let row = rows.shift(); row; row = rows.shift()) {
    await run(row);
  }
}));
process.stdout.write('', () => process.exit(0));
