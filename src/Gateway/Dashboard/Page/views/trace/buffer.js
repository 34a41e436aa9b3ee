// The last events of the live trace, of which a view shows a few. Adding a batch is cheap, whatever its size.

const most = 2000;

export class TraceBuffer {
  /** Oldest first. */
  events = [];

  shown = 0;
  omitted = 0;
  sampledOneIn = 1;

  #number = 0;
  #recent = [];

  take({ events, omitted, sampledOneIn }) {
    for (const event of events) {
      event.number = this.#number++;
      this.events.push(event);
    }
    if (this.events.length > most) {
      this.events.splice(0, this.events.length - most);
    }
    this.shown += events.length;
    this.omitted += omitted;
    this.sampledOneIn = sampledOneIn;
    this.#recent.push({ at: performance.now(), count: events.length + omitted });
  }

  clear() {
    this.events = [];
    this.shown = this.omitted = 0;
  }

  /** Events per second over the last few seconds, including omitted ones. */
  get perSecond() {
    const since = performance.now() - 3000;
    while (this.#recent.length > 0 && this.#recent[0].at < since) {
      this.#recent.shift();
    }
    return this.#recent.reduce((sum, { count }) => sum + count, 0) / 3;
  }

  /** Returns events, newest first. */
  latest(count) {
    return this.events.slice(-count).reverse();
  }
}
