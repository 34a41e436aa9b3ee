// A client for trying out a hub: the official one, which also reports every call that the gateway makes on it.

const longest = 4000; // characters shown of one message

export const transports = {
  webSockets: { title: 'WebSockets', value: signalR.HttpTransportType.WebSockets },
  serverSentEvents: { title: 'Server-sent events', value: signalR.HttpTransportType.ServerSentEvents },
  longPolling: { title: 'Long polling', value: signalR.HttpTransportType.LongPolling },
};

export const protocols = {
  json: { title: 'JSON', create: () => new signalR.JsonHubProtocol() },
  messagepack: { title: 'MessagePack', create: () => new signalR.protocols.msgpack.MessagePackHubProtocol() },
};

export class TryOut {
  #hub;
  #tell;

  /**
   * @param {{ hub: string, token: string, transport: string, protocol: string, diagnostic: boolean }} settings
   * @param {(kind: string, title: string, detail?: string) => void} tell receives events: 'sent', 'result', 'error', 'called' or 'state'
   * @param {() => void} ended
   */
  constructor({ hub, token, transport, protocol, diagnostic }, tell, ended) {
    this.#tell = tell;
    const url = new URL('../client/', document.baseURI);
    url.searchParams.set('hub', hub);
    if (diagnostic) {
      url.searchParams.set('asrsdiagnosticclient', 'true');
    }
    this.#hub = new signalR.HubConnectionBuilder()
      .withUrl(url.href, { accessTokenFactory: () => token, transport: transports[transport].value })
      .withHubProtocol(new ObservedProtocol(protocols[protocol].create(), (call) => tell('called', call.target, textOf(call.arguments))))
      .configureLogging(signalR.LogLevel.None)
      .build();
    this.#hub.onclose((error) => {
      tell(error ? 'error' : 'state', 'Disconnected', error?.message);
      ended();
    });
  }

  get id() {
    return this.#hub.connectionId;
  }

  connect() {
    return this.#hub.start();
  }

  disconnect() {
    return this.#hub.stop();
  }

  async invoke(target, args) {
    this.#tell('sent', `invoke ${target}`, textOf(args));
    const began = performance.now();
    try {
      const result = await this.#hub.invoke(target, ...args);
      this.#tell('result', `${target} answered in ${Math.round(performance.now() - began)} ms`, result === undefined || result === null ? 'null' : textOf(result));
    } catch (error) {
      this.#tell('error', `${target} failed`, error.message);
    }
  }

  async send(target, args) {
    this.#tell('sent', `send ${target}`, textOf(args));
    try {
      await this.#hub.send(target, ...args);
    } catch (error) {
      this.#tell('error', `${target} was not sent`, error.message);
    }
  }

  stream(target, args) {
    this.#tell('sent', `stream ${target}`, textOf(args));
    this.#hub.stream(target, ...args).subscribe({
      next: (item) => this.#tell('result', `${target} item`, textOf(item)),
      complete: () => this.#tell('result', `${target} ended`),
      error: (error) => this.#tell('error', `${target} failed`, error.message),
    });
  }
}

/** Wraps a hub protocol and reports the calls that it reads, because the client has no handler for all names. */
class ObservedProtocol {
  #inner;
  #called;

  constructor(inner, called) {
    this.#inner = inner;
    this.#called = called;
    this.name = inner.name;
    this.version = inner.version;
    this.transferFormat = inner.transferFormat;
  }

  parseMessages(input, logger) {
    const messages = this.#inner.parseMessages(input, logger);
    messages.filter((message) => message.type === signalR.MessageType.Invocation).forEach((message) => this.#called(message));
    return messages;
  }

  writeMessage(message) {
    return this.#inner.writeMessage(message);
  }
}

function textOf(value) {
  const text = JSON.stringify(value, (_, inner) => (inner instanceof Uint8Array ? `${inner.length} bytes` : typeof inner === 'bigint' ? String(inner) : inner), 1)
    .replace(/\n\s*/g, ' ');
  return text.length > longest ? `${text.slice(0, longest)}… (${text.length} characters)` : text;
}
