// The chat page: connects the user's actions, the hub's messages and the view.

import { Connection } from './connection.js';
import { Conversations } from './conversations.js';
import { Presence, announceEvery } from './presence.js';
import * as view from './view.js';

const firstRoom = 'lobby';
const unhandled = /^Invocation failed/; // the start of the gateway's text when the function app does not answer
const at = (id) => document.getElementById(id);

let me = '';
let connection = null;
let conversations = new Conversations();
const presence = new Presence();

// Handlers of the methods that the hub calls on its clients (see Chat.cs).
const handlers = {
  said(message) {
    if (conversations.get(Conversations.roomId(message.room))) {
      add(conversations.room(message.room), fromHub(message));
    }
  },
  whispered(message) {
    add(conversations.person(message.from === me ? message.to : message.from), fromHub(message));
  },
  here(person, introduceYourself) {
    presence.here(person.connectionId, person.name, person.rooms);
    if (introduceYourself) {
      invokeQuietly('Introduce', person.connectionId, roomNames());
    }
    redraw();
  },
  joined(person, room) {
    presence.joined(person.connectionId, person.name, room);
    if (person.connectionId !== connection.id) {
      note(room, `${person.name} joined`);
    }
    redraw();
  },
  left(person, room) {
    presence.left(person.connectionId, person.name, room);
    note(room, `${person.name} left`);
    redraw();
  },
  gone(connectionId) {
    const person = presence.gone(connectionId);
    for (const room of person?.rooms ?? []) {
      if (!presence.names(room).includes(person.name)) {
        note(room, `${person.name} left`);
      }
    }
    redraw();
  },
};

const events = {
  onState: () => view.showStatus(connection.state, connection.transport),
  onProblem: view.showProblem,
  // Groups belong to a connection, and this one is new: join the rooms again, and ask again who is present.
  async onConnected(again) {
    presence.clear();
    try {
      // All at once: the hub handles one call after the other, so later messages come after them.
      await Promise.all(roomNames().map((room) => connection.invoke('Join', room, again)));
      await announce(true);
    } catch {
      // The connection reports the cause; this runs again through onHealed or onConnected.
    }
  },
  onHealed: () => events.onConnected(true),
};

function roomNames() {
  return conversations.rooms.map((room) => room.name);
}

async function announce(introduceYourselves) {
  await connection.invoke('Announce', roomNames(), introduceYourselves);
  presence.here(connection.id, me, roomNames());
  presence.forgetSilent();
  redraw();
}

function invokeQuietly(method, ...args) {
  connection.invoke(method, ...args).catch(() => { /* shown by the connection */ });
}

function fromHub(message) {
  return { from: message.from, mine: message.from === me, text: message.text, at: Date.parse(message.at) };
}

function note(room, event) {
  const conversation = conversations.get(Conversations.roomId(room));
  if (conversation) {
    add(conversation, { event, at: Date.now() });
  }
}

function add(conversation, item) {
  const shown = conversations.add(conversation, item);
  if (shown) {
    view.showItem(conversation);
  } else {
    redraw();
  }
}

function open(conversation) {
  conversations.open(conversation);
  at('send-error').textContent = '';
  redraw();
  view.showLog(conversation);
}

function redraw() {
  view.showLists(conversations, presence, me);
  view.showHeading(conversations.current, conversations.rooms.length === 1, presence, me);
}

async function openRoom(name) {
  const isNew = !conversations.get(Conversations.roomId(name));
  open(conversations.room(name));
  saveSession();
  if (isNew && connection.state === 'connected') {
    try {
      await connection.invoke('Join', name, false);
      await announce(false);
    } catch (error) {
      // A lost call is repeated when the connection, or the function app, is back.
      if (refusedByHub(error)) {
        forgetRoom(name);
      }
      at('send-error').textContent = reason(error, `# ${name} could not be joined`);
    }
  }
}

async function leaveRoom(name) {
  forgetRoom(name);
  if (connection.state === 'connected') {
    invokeQuietly('Leave', name);
    await announce(false).catch(() => { /* shown by the connection */ });
  }
}

function forgetRoom(name) {
  conversations.remove(Conversations.roomId(name));
  if (connection.id) {
    presence.left(connection.id, me, name);
  }
  open(conversations.rooms[0]);
  saveSession();
}

async function send(text) {
  const conversation = conversations.current;
  at('send-error').textContent = '';
  try {
    if (connection.state !== 'connected') {
      throw new Error('the page is not connected.');
    }
    await (conversation.kind === 'room'
      ? connection.invoke('Say', conversation.name, text)
      : connection.invoke('Whisper', conversation.name, text));
  } catch (error) {
    at('send-error').textContent = reason(error, 'Not sent');
    if (at('text').value === '') {
      at('text').value = text; // keeps the typed text
    }
  }
}

function refusedByHub(error) {
  return connection.state === 'connected' && !unhandled.test(error?.message);
}

function reason(error, what) {
  // The framework's words come before those of the hub's exception.
  const text = error?.message?.replace(/^.*HubException: /, '') ?? error;
  return `${what}: ${unhandled.test(error?.message) ? 'the function app did not handle it.' : text}`;
}

function join(name, rooms) {
  me = name;
  conversations = new Conversations();
  presence.clear();
  connection = new Connection(name, events, handlers);
  rooms.forEach((room) => conversations.room(room));
  view.showChat(name);
  open(conversations.room(rooms[0]));
  saveSession();
  at('text').focus();
  connection.start();
}

async function signOut() {
  sessionStorage.removeItem('chat');
  await connection.stop();
  location.reload();
}

// A reload restores the same name and rooms; another tab is another user.
function saveSession() {
  sessionStorage.setItem('chat', JSON.stringify({ name: me, rooms: roomNames() }));
}

function tidy(text) {
  return text.trim().replace(/\s+/g, ' ');
}

at('join').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = tidy(at('name').value);
  at('name-error').textContent = name ? '' : 'A name needs at least one letter.';
  if (name) {
    join(name, [firstRoom]);
  }
});

at('sign-out').addEventListener('click', signOut);

at('new-room').addEventListener('submit', (event) => {
  event.preventDefault();
  const name = tidy(at('room-name').value).replace(/^#\s*/, '').toLowerCase();
  if (name) {
    at('room-name').value = '';
    openRoom(name);
    closeSide();
  }
});

at('side').addEventListener('click', (event) => {
  const button = event.target.closest('.list button');
  if (button?.dataset.room !== undefined) {
    openRoom(button.dataset.room);
    closeSide();
  } else if (button?.dataset.person !== undefined) {
    open(conversations.person(button.dataset.person));
    closeSide();
  }
});

at('leave-room').addEventListener('click', () => leaveRoom(conversations.current.name));
at('newer').addEventListener('click', view.scrollToNewest);
at('scroll').addEventListener('scroll', () => {
  const { scrollHeight, scrollTop, clientHeight } = at('scroll');
  if (scrollHeight - scrollTop - clientHeight < 60) {
    at('newer').hidden = true;
  }
});

at('menu').addEventListener('click', () => {
  const open = at('menu').getAttribute('aria-expanded') !== 'true';
  view.toggleSide(open);
  if (open) {
    document.querySelector('#side .list button')?.focus();
  }
});

document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && at('side').classList.contains('open')) {
    view.toggleSide(false);
    at('menu').focus();
  }
});

function closeSide() {
  view.toggleSide(false);
  at('text').focus();
}

at('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = at('text').value.trim();
  if (text) {
    at('text').value = '';
    send(text);
  }
});

at('text').addEventListener('keydown', (event) => {
  // Enter sends, Shift+Enter breaks the line; an Enter that picks a word in an input method does neither.
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    at('composer').requestSubmit();
  }
});

setInterval(() => {
  if (connection?.state === 'connected') {
    announce(false).catch(() => { /* shown by the connection */ });
  }
}, announceEvery);

if (typeof signalR === 'undefined') {
  view.showProblem({
    title: 'The SignalR client library is missing.',
    detail: 'Run "npm ci" in src/Functions, build the function app again, and reload this page.',
  });
  at('join').querySelector('button').disabled = true;
} else {
  const session = JSON.parse(sessionStorage.getItem('chat') ?? 'null');
  if (session) {
    join(session.name, session.rooms.length > 0 ? session.rooms : [firstRoom]);
  } else {
    at('name').focus();
  }
}
