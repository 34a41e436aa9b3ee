// The one connection to the hub. It keeps reconnecting until it is stopped, and while there is a problem it
// finds the cause: the function app (which negotiates and handles messages) or the gateway (which holds the socket).

const retryDelays = [0, 500, 1000, 2000, 3000];
const probeEvery = 2500;
const probeTimeout = 4000;

/** The address of this page and its functions, with the route prefix of the host: http://localhost:7071/api/ */
const functionsUrl = new URL('.', import.meta.url);

export class Connection {
  state = 'idle'; // idle, connecting, connected, reconnecting
  transport = '';

  #hub;
  #name;
  #events;
  #wanted = false;
  #watching = false;
  #lastError;
  #gateway;
  #opened = '';

  /**
   * @param {string} name the user's name
   * @param {object} events onState(), onProblem(problem or null), onConnected(again), onHealed()
   * @param {object} handlers the methods that the hub calls on this client, by name
   */
  constructor(name, events, handlers) {
    this.#name = name;
    this.#events = events;
    const url = new URL(functionsUrl);
    url.searchParams.set('user', name);
    this.#hub = new signalR.HubConnectionBuilder()
      .withUrl(url.href, this.#recordTransport())
      .withAutomaticReconnect({ nextRetryDelayInMilliseconds: (context) => this.#nextDelay(context) })
      .configureLogging(signalR.LogLevel.Warning)
      .build();
    for (const [name, handler] of Object.entries(handlers)) {
      this.#hub.on(name, handler);
    }
    this.#hub.onreconnecting((error) => {
      this.#lastError = error;
      this.#setState('reconnecting');
      this.#watch();
    });
    this.#hub.onreconnected(() => this.#connected(true));
    this.#hub.onclose((error) => {
      // The gateway closed the connection for good (it may do so without allowing a reconnect). Start over anyway.
      this.#lastError = error;
      if (this.#wanted) {
        this.#startOver('reconnecting', true);
      }
    });
  }

  get id() {
    return this.#hub.connectionId;
  }

  start() {
    this.#wanted = true;
    return this.#startOver('connecting', false);
  }

  async stop() {
    this.#wanted = false;
    this.#setState('idle');
    await this.#hub.stop();
  }

  async invoke(method, ...args) {
    try {
      return await this.#hub.invoke(method, ...args);
    } catch (error) {
      this.#watch();
      throw error;
    }
  }

  async #startOver(state, again) {
    this.#setState(state);
    for (let attempt = 0; this.#wanted; attempt++) {
      try {
        this.#opened = '';
        await this.#hub.start();
        this.#connected(again);
        return;
      } catch (error) {
        this.#lastError = error;
        this.#watch();
        await sleep(retryDelays[Math.min(attempt + 1, retryDelays.length - 1)]);
      }
    }
  }

  #nextDelay(context) {
    this.#lastError = context.retryReason;
    this.#opened = '';
    return retryDelays[Math.min(context.previousRetryCount, retryDelays.length - 1)];
  }

  #connected(again) {
    this.#lastError = undefined;
    this.transport = this.#opened || 'Long polling';
    this.#setState('connected');
    this.#events.onProblem(null);
    this.#events.onConnected(again);
  }

  #setState(state) {
    this.state = state;
    if (state !== 'connected') {
      this.transport = '';
    }
    this.#events.onState();
  }

  // Runs while there is a problem, and reports it to the page as it changes.
  async #watch() {
    if (this.#watching) {
      return;
    }
    this.#watching = true;
    let wasWrong = false;
    while (this.#wanted) {
      const problem = await this.#diagnose();
      if (!this.#wanted) {
        break;
      }
      this.#events.onProblem(problem);
      if (!problem && this.state === 'connected') {
        if (wasWrong) {
          this.#events.onHealed();
        }
        break;
      }
      wasWrong ||= problem !== null;
      await sleep(probeEvery);
    }
    this.#watching = false;
  }

  async #diagnose() {
    const functions = await this.#probeFunctions();
    const gatewayDown = this.#gateway !== undefined && !(await answers(this.#gateway));
    if (functions.down && gatewayDown) {
      return {
        title: 'Neither the function app nor the gateway answers.',
        detail: `The function app is expected at ${functionsUrl.origin}, the gateway at ${this.#gateway}. Retrying automatically.`,
      };
    }
    if (functions.down) {
      return {
        title: `The function app at ${functionsUrl.origin} does not answer.`,
        detail: `${functions.detail}Messages cannot be handled until it is back. Retrying automatically.`,
      };
    }
    if (gatewayDown) {
      return {
        title: `The gateway at ${this.#gateway} does not answer.`,
        detail: 'Messages cannot be sent or received until it is back. Reconnecting automatically.',
      };
    }
    const refusal = this.state === 'connected' ? null : /status code '(4\d\d)'/i.exec(String(this.#lastError?.message));
    if (refusal) {
      return {
        title: `The gateway at ${this.#gateway} refused the connection (status ${refusal[1]}).`,
        detail: 'Do the function app and the gateway have the same access key? Retrying automatically.',
      };
    }
    return null;
  }

  async #probeFunctions() {
    const url = new URL('negotiate', functionsUrl);
    url.searchParams.set('user', this.#name);
    url.searchParams.set('negotiateVersion', '1');
    try {
      const response = await fetch(url, { method: 'POST', cache: 'no-store', signal: AbortSignal.timeout(probeTimeout) });
      if (!response.ok) {
        const text = (await response.text()).slice(0, 200);
        return { down: true, detail: `It answered with status ${response.status}${text ? `: ${text}` : ''}. ` };
      }
      this.#gateway = new URL((await response.json()).url).origin;
      return { down: false };
    } catch {
      return { down: true, detail: '' };
    }
  }

  // Records which transport the client opened last, and where, through the constructors that it is given. If it opened
  // neither, it uses long polling.
  #recordTransport() {
    const opening = (url) => { this.#gateway = new URL(url.replace(/^ws/, 'http')).origin; };
    const opened = (name) => { this.#opened = name; };
    return {
      WebSocket: class extends WebSocket {
        constructor(url, protocols) {
          super(url, protocols);
          opening(url);
          this.addEventListener('open', () => opened('WebSockets'));
        }
      },
      EventSource: class extends EventSource {
        constructor(url, options) {
          super(url, options);
          opening(url);
          this.addEventListener('open', () => opened('Server-sent events'));
        }
      },
    };
  }
}

// Any answer is enough: the response is opaque, and only a refused or silent connection throws.
async function answers(origin) {
  try {
    await fetch(`${origin}/api/health`, { mode: 'no-cors', cache: 'no-store', signal: AbortSignal.timeout(probeTimeout) });
    return true;
  } catch {
    return false;
  }
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
