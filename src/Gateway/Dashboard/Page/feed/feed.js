// The page's one connection to the gateway's own hub, with the official client. It keeps reconnecting until it is stopped; streams that
// views have started resume after every reconnect.

const retryDelays = [0, 500, 1000, 2000, 3000];
const states = {
  connecting: { state: 'waiting', text: 'Connecting…' },
  live: { state: 'live', text: 'Live' },
  reconnecting: { state: 'waiting', text: 'Reconnecting…' },
};

export class Feed {
  /** The status for the shell: state, text, and the problem if there is one. */
  status = { ...states.connecting, problem: null };

  #session;
  #hub;
  #wanted = false;
  #streams = new Set();
  #listeners = new Set();

  constructor(session) {
    this.#session = session;
    this.#hub = new signalR.HubConnectionBuilder()
      .withUrl(new URL('../admin/live', document.baseURI).href, {
        accessTokenFactory: () => session.token(),
        transport: signalR.HttpTransportType.WebSockets,
      })
      .withAutomaticReconnect({ nextRetryDelayInMilliseconds: ({ previousRetryCount }) => delayOf(previousRetryCount) })
      .configureLogging(signalR.LogLevel.None)
      .build();
    this.#hub.onreconnecting((error) => this.#set('reconnecting', problemOf(error)));
    this.#hub.onreconnected(() => this.#connected());
    this.#hub.onclose((error) => {
      if (this.#wanted) {
        this.#set('reconnecting', problemOf(error));
        this.start();
      }
    });
  }

  async start() {
    this.#wanted = true;
    for (let attempt = 0; this.#wanted; attempt++) {
      try {
        await this.#hub.start();
        this.#connected();
        return;
      } catch (error) {
        if (/\b(401|403)\b/.test(error.message)) {
          this.#session.signOut('The gateway no longer accepts your token. Sign in again.');
          return;
        }
        this.#set(this.status.state === 'live' ? 'reconnecting' : 'connecting', problemOf(error));
        await new Promise((resolve) => setTimeout(resolve, delayOf(attempt + 1)));
      }
    }
  }

  async stop() {
    this.#wanted = false;
    await this.#hub.stop();
  }

  /**
   * Starts a stream, now and after every reconnect.
   * @param {string} method a method of the gateway's hub
   * @param {unknown[]} args
   * @param {{ next(item): void, began?(): void, failed?(message: string): void }} observer
   * @returns a function that ends the stream
   */
  stream(method, args, observer) {
    const stream = { method, args, observer, subscription: null };
    this.#streams.add(stream);
    if (this.status.state === 'live') {
      this.#begin(stream);
    }
    return () => {
      this.#streams.delete(stream);
      stream.subscription?.dispose();
    };
  }

  /** Invokes a method once. */
  invoke(method, ...args) {
    return this.#hub.invoke(method, ...args);
  }

  /** Calls the listener when the status has changed; returns a function that unsubscribes it. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #connected() {
    this.#set('live', null);
    this.#streams.forEach((stream) => this.#begin(stream));
  }

  #begin(stream) {
    const { method, args, observer } = stream;
    observer.began?.();
    stream.subscription = this.#hub.stream(method, ...args).subscribe({
      next: (item) => observer.next(item),
      complete: () => {},
      error: (error) => {
        if (this.status.state === 'live') {
          observer.failed?.(error.message);
        }
      },
    });
  }

  #set(name, problem) {
    this.status = { ...states[name], problem };
    this.#listeners.forEach((listener) => listener());
  }
}

function delayOf(attempt) {
  return retryDelays[Math.min(attempt, retryDelays.length - 1)];
}

function problemOf(error) {
  return error && {
    title: `The gateway at ${location.host} does not answer.`,
    detail: 'The page shows the last known state and reconnects automatically. Is the gateway running?',
  };
}
