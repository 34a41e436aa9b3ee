// The one test client, which stays connected while other views are open, and its log.

import { TryOut } from './try-out.js';

const longestLog = 200;

export class Trial {
  /** Null without a connection. */
  client = null;

  /** The settings of the last connection; null before the first. */
  settings = null;

  /** The log, newest first. */
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

  /** Calls the listener when the client or its log has changed; returns a function that unsubscribes it. */
  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(kind, title, detail) {
    this.entries.unshift({ number: this.#number++, time: Date.now(), kind, title, detail });
    this.entries.length = Math.min(this.entries.length, longestLog);
    this.#changed();
  }

  // Once for all changes between two frames.
  #changed() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#listeners.forEach((listener) => listener());
    });
  }
}
