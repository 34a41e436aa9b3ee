// All nodes together, second by second. Kept while signed in, so that a view that is opened later shows the time before.

const kept = 600; // seconds

export class OverviewFeed {
  /** The last item; null before the first. */
  now = null;

  /** One value for each second, oldest first. */
  times = [];
  connections = [];
  received = [];
  sent = [];

  #knowsRates = false;
  #listeners = new Set();

  constructor(feed) {
    feed.stream('history', [], { next: (history) => this.#begin(history) });
    feed.stream('overview', [], { began: () => { this.#knowsRates = false; }, next: (item) => this.#take(item) });
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  // From the gateway's own ten minutes; after a reconnect too, so that no gap remains.
  #begin({ end, connections, received, sent }) {
    const first = connections.findIndex((value, i) => value > 0 || received[i] > 0 || sent[i] > 0);
    const from = first < 0 ? connections.length - 1 : Math.max(0, first - 1); // skips the time before the first connection
    this.times = connections.slice(from).map((_, i) => (end - connections.length + 1 + from + i) * 1000);
    this.connections = connections.slice(from);
    this.received = received.slice(from);
    this.sent = sent.slice(from);
    this.#changed();
  }

  #take(item) {
    this.now = item;
    if (this.#knowsRates) {
      this.#add(item);
    }
    this.#knowsRates = true; // a stream's first item has no rates
    this.#changed();
  }

  #add({ time, nodes, messages }) {
    this.times.push(Date.parse(time));
    this.connections.push(sum(nodes, (node) => node.connections));
    this.received.push(messages.receivedPerSecond);
    this.sent.push(messages.sentPerSecond);
    if (this.times.length > kept) {
      [this.times, this.connections, this.received, this.sent].forEach((values) => values.shift());
    }
  }

  #changed() {
    this.#listeners.forEach((listener) => listener());
  }
}

function sum(items, read) {
  return items.reduce((total, item) => total + read(item), 0);
}
