// Shared by every script here: scenarios and their reports, the client under test, REST calls, waiting.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createInterface } from 'node:readline';
import { HttpTransportType, HubConnectionBuilder, JsonHubProtocol, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';

export const settings = JSON.parse(process.env.SCENARIO_SETTINGS);
export const isBinary = settings.protocol === 'messagepack';

const scenarioLimit = 40_000; // milliseconds
const waitLimit = 15_000;
const scenarios = [];

let open = []; // the scenario's connections
let log = []; // the log of the scenario's clients

/** Adds a scenario. Its name must be on one line with the call: the tests read the names from the file. */
export function scenario(name, body) {
  scenarios.push({ name, body });
}

/** A scenario about pings, which long polling does not have: a client's polls keep it alive. */
export function scenarioWithPings(name, body) {
  if (settings.transport !== 'LongPolling') {
    scenario(name, body);
  }
}

/** A scenario about stateful reconnect, which only negotiated WebSockets have. */
export function scenarioWithStatefulReconnect(name, body) {
  if (settings.transport === 'WebSockets' && !settings.skipNegotiation) {
    scenario(name, body);
  }
}

/** A scenario about viewers of the gateway itself, which connect with WebSockets. */
export function scenarioWithViewer(name, body) {
  scenarioWithStatefulReconnect(name, body);
}

/** Runs all scenarios in turn, and prints each result as a line of JSON. */
export async function run() {
  for (const { name, body } of scenarios) {
    open = [];
    log = [];
    let error;
    try {
      await within(scenarioLimit, body(), 'the end of the scenario');
    } catch (problem) {
      error = problem;
    }

    await Promise.allSettled(open.map((connection) => within(waitLimit, connection.stop(), 'a client to stop')));
    report(error ? { scenario: name, passed: false, error: `${error.stack ?? error}\n${log.join('\n')}` } : { scenario: name, passed: true });
  }

  process.exit(0);
}

function report(line) {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Limits the time in which a promise must settle. */
export function within(milliseconds, promise, what) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${milliseconds} ms in vain for ${what}.`)), milliseconds);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** Polls until a condition is true. */
export async function until(what, ask) {
  const end = Date.now() + waitLimit;
  while (!(await ask())) {
    assert.ok(Date.now() < end, `Waited ${waitLimit} ms in vain for ${what}.`);
    await sleep(20);
  }
}

export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A queue of received items. */
export class Inbox {
  #came = [];
  #waiting = [];

  constructor(name) {
    this.name = name;
  }

  put(item) {
    const waiter = this.#waiting.shift();
    waiter ? waiter(item) : this.#came.push(item);
  }

  /** Returns the next item, or fails after a time limit. */
  next() {
    return this.#came.length > 0
      ? Promise.resolve(this.#came.shift())
      : within(waitLimit, new Promise((resolve) => this.#waiting.push(resolve)), `a message '${this.name}'`);
  }

  get isEmpty() {
    return this.#came.length === 0;
  }
}

/** Returns a client without starting it. Its events are queues: closed, reconnecting, reconnected. */
export function client({ hub = 'raw', user, claims, query = '', token, gateway = settings.gateway, protocol = settings.protocol,
  transport = protocol === 'messagepack' && settings.transport === 'ServerSentEvents' ? 'WebSockets' : settings.transport,
  reconnectDelays, stateful, configure, url, view, negotiated = !settings.skipNegotiation } = {}) {
  const address = view ?? url ?? new URL(`client/?hub=${hub}${query}`, gateway).href;
  const builder = new HubConnectionBuilder()
    .withUrl(address, {
      transport: HttpTransportType[transport],
      skipNegotiation: !negotiated,
      accessTokenFactory: url && negotiated ? undefined : () => token ?? clientToken(hub, { user, claims }),
    })
    .withHubProtocol(protocol === 'messagepack' ? new MessagePackHubProtocol() : new JsonHubProtocol())
    .configureLogging({ log: (level, message) => level >= LogLevel.Information && log.push(`${LogLevel[level]}: ${message}`) });
  if (reconnectDelays) {
    builder.withAutomaticReconnect(reconnectDelays);
  }

  if (stateful) {
    builder.withStatefulReconnect();
  }

  const connection = builder.build();
  configure?.(connection);
  for (const event of ['close', 'reconnecting', 'reconnected']) {
    const inbox = new Inbox(event);
    connection[`${event}Events`] = inbox;
    connection[`on${event}`]((what) => inbox.put(what));
  }

  open.push(connection);
  return connection;
}

/** Returns a started client. */
export async function connect(options) {
  const connection = client(options);
  await connection.start();
  return connection;
}

/** Ends a client's socket without a Close frame, as a lost network does. */
export function cut(connection) {
  connection.connection.transport._webSocket.terminate();
}

/** Waits until the log of the scenario's clients has a line of this pattern, and returns the line. */
export async function logged(pattern) {
  await until(`a log line ${pattern}`, () => log.some((line) => pattern.test(line)));
  return log.find((line) => pattern.test(line));
}

/** Returns the messages that a client receives by this name: the argument, or an array of several. */
export function listen(connection, name) {
  const inbox = new Inbox(name);
  connection.on(name, (...args) => inbox.put(args.length === 1 ? args[0] : args));
  return inbox;
}

/** Returns the id for REST and upstreams; a client that did not negotiate does not know its own. */
export function idOf(connection, hub = 'raw') {
  return connection.invoke(hub === 'raw' ? 'connection id' : 'connectionId');
}

/** Returns a token in the form of the service's SDKs. */
export function jwt(payload, key = settings.keys[0]) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(payload)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

export function clientToken(hub, { user, claims, key, lifetime = 3600 } = {}) {
  const exp = Math.floor(Date.now() / 1000) + lifetime;
  return jwt({ aud: `${new URL('client/', settings.gateway)}?hub=${hub}`, exp, 'asrs.s.uid': user, ...claims }, key);
}

/** Calls the management API: path and query after /api/, and a body that is sent as JSON unless it is text. */
export async function rest(method, path, body, gateway = settings.gateway) {
  const versioned = path.startsWith('v1/') ? path : `${path}${path.includes('?') ? '&' : '?'}api-version=2022-06-01`;
  const url = new URL(`api/${versioned}`, gateway).href;
  const token = jwt({ aud: url.split('?')[0], exp: Math.floor(Date.now() / 1000) + 3600 });
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, code: response.headers.get('x-ms-error-code'), text };
}

/** Sends a message to the target in the path after the hub, such as '/users/ann' or '?excluded=x', and checks that it was accepted. */
export async function send(to, target, ...args) {
  const [path, query = ''] = to.split('?');
  const answer = await rest('POST', `hubs/raw${path}/:send?${query}`, { target, arguments: args });
  assert.equal(answer.status, 202, answer.text);
}

/** Returns the requests of a connection to the recording upstream: category, event, body, headers. */
export async function recorded(connectionId) {
  const response = await fetch(new URL(`recorded/${connectionId}`, settings.upstream));
  return (await response.json()).map(({ headers, path, body }) => ({
    headers,
    path,
    body: Buffer.from(body, 'base64'),
    category: headers['x-asrs-category'],
    event: headers['x-asrs-event'],
  }));
}

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Requests that the test start, stop, kill, freeze or thaw a gateway of this script's own, or the nodes that all share; returns the address. */
export async function ownGateway(what) {
  report({ ask: what });
  return JSON.parse((await answers.next()).value).gateway;
}

export { assert };
