// The people present, kept by every page from the others' announcements. The hub keeps no state, so it may run as any
// number of function instances, and may be restarted, without removing people from the list.

/** The interval between a page's announcements. A page that was silent for `forgottenAfter` counts as gone. */
export const announceEvery = 15_000;
const forgottenAfter = 4 * announceEvery;

export class Presence {
  #people = new Map(); // connection id → { name, rooms, seen }

  clear() {
    this.#people.clear();
  }

  /** @returns {boolean} true for a new person */
  here(id, name, rooms) {
    const isNew = !this.#people.has(id);
    this.#people.set(id, { name, rooms: new Set(rooms), seen: Date.now() });
    return isNew;
  }

  joined(id, name, room) {
    this.#find(id, name).rooms.add(room);
  }

  left(id, name, room) {
    this.#find(id, name).rooms.delete(room);
  }

  /** @returns the entry of the connection that has ended, or undefined */
  gone(id) {
    const person = this.#people.get(id);
    this.#people.delete(id);
    return person;
  }

  forgetSilent() {
    for (const [id, person] of this.#people) {
      if (Date.now() - person.seen > forgottenAfter) {
        this.#people.delete(id);
      }
    }
  }

  /** @returns {string[]} each person's name once, in order; with a room, only its members */
  names(room) {
    const names = new Set();
    for (const person of this.#people.values()) {
      if (room === undefined || person.rooms.has(room)) {
        names.add(person.name);
      }
    }
    return [...names].sort((a, b) => a.localeCompare(b));
  }

  has(name) {
    return this.names().includes(name);
  }

  /** @returns {string[]} every room that has members */
  rooms() {
    const rooms = new Set();
    for (const person of this.#people.values()) {
      person.rooms.forEach((room) => rooms.add(room));
    }
    return [...rooms];
  }

  #find(id, name) {
    if (!this.#people.has(id)) {
      this.here(id, name, []);
    }
    const person = this.#people.get(id);
    person.seen = Date.now();
    return person;
  }
}
