// The one test client, which goes on while other views are looked at, and what has happened with it.

import { TryOut } from './try-out.js';

const longestLog = 200;

export class Trial {
  /** Null while there is no connection. */
  client = null;

  /** What it was connected with last; null before. */
  settings = null;

  /** The newest first. */
  entries = [];

  #number = 0;
  #listeners = new Set();
  #frame = 0;

  async connect(settings, token) {
    const client = new TryOut({ ...settings, token }, (...entry) => this.#tell(...entry), () => {
      if (this.client === client) {
        this.client = null;
        this.#changed();
      }
    });
    await client.connect();
    this.client = client;
    this.settings = settings;
    this.#tell('state', `Connected to ${settings.hub}`, client.id);
  }

  clear() {
    this.entries = [];
    this.#changed();
  }

  /** Calls when something has changed; returns how to stop that. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(kind, title, detail) {
    this.entries.unshift({ number: this.#number++, time: Date.now(), kind, title, detail });
    this.entries.length = Math.min(this.entries.length, longestLog);
    this.#changed();
  }

  // Once for all that happens between two frames.
  #changed() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#listeners.forEach((listener) => listener());
    });
  }
}
