// The messages of each conversation: a room ("#lobby") or one other person ("@Ann").

const keptItems = 500;

export class Conversations {
  current = null;

  #all = new Map(); // id → { id, kind, name, items, unread }

  static roomId(room) {
    return `#${room}`;
  }

  static personId(name) {
    return `@${name}`;
  }

  get rooms() {
    return this.#ofKind('room');
  }

  get people() {
    return this.#ofKind('person');
  }

  get unread() {
    return [...this.#all.values()].reduce((sum, conversation) => sum + conversation.unread, 0);
  }

  get(id) {
    return this.#all.get(id);
  }

  room(name) {
    return this.#getOrAdd(Conversations.roomId(name), 'room', name);
  }

  person(name) {
    return this.#getOrAdd(Conversations.personId(name), 'person', name);
  }

  open(conversation) {
    this.current = conversation;
    conversation.unread = 0;
  }

  remove(id) {
    this.#all.delete(id);
  }

  /**
   * Adds a message ({ from, mine, text, at }) or an event ({ event, at }).
   * @returns {boolean} true when it belongs to the conversation on screen
   */
  add(conversation, item) {
    conversation.items.push(item);
    if (conversation.items.length > keptItems) {
      conversation.items.shift();
    }
    const shown = conversation === this.current;
    if (!shown && item.text !== undefined) {
      conversation.unread++;
    }
    return shown;
  }

  #getOrAdd(id, kind, name) {
    if (!this.#all.has(id)) {
      this.#all.set(id, { id, kind, name, items: [], unread: 0 });
    }
    return this.#all.get(id);
  }

  #ofKind(kind) {
    return [...this.#all.values()]
      .filter((conversation) => conversation.kind === kind)
      .sort((a, b) => a.name.localeCompare(b.name));
  }
}
