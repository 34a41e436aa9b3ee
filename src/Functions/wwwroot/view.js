// Draws the page. Text that a user typed reaches the document as text, never as markup.

import { Conversations } from './conversations.js';

const at = (id) => document.getElementById(id);
const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const sameBreath = 5 * 60_000; // messages of one author within it are grouped

export function showStatus(state, transport) {
  const texts = { idle: 'Not connected', connecting: 'Connecting…', connected: 'Connected', reconnecting: 'Reconnecting…' };
  at('status').dataset.state = state;
  at('status-text').textContent = transport ? `${texts[state]} · ${transport}` : texts[state];
}

export function showProblem(problem) {
  const box = at('problem');
  if (!problem) {
    box.hidden = true;
  } else if (box.hidden || at('problem-title').textContent !== problem.title || at('problem-detail').textContent !== problem.detail) {
    // Written only when it changes, or a screen reader would repeat it.
    at('problem-title').textContent = problem.title;
    at('problem-detail').textContent = problem.detail;
    box.hidden = false;
  }
}

export function showChat(name) {
  at('welcome').hidden = true;
  at('chat').hidden = false;
  at('menu').hidden = false;
  at('me-sign').replaceChildren(avatar(name));
  at('me-name').textContent = name;
  at('me-name').title = name;
}

export function toggleSide(open) {
  at('side').classList.toggle('open', open);
  at('conversation').inert = open; // it is under the sheet
  at('menu').setAttribute('aria-expanded', String(open));
}

export function showLists(conversations, presence, me) {
  keepFocus(() => {
    at('rooms').replaceChildren(...roomItems(conversations, presence));
    at('people').replaceChildren(...personItems(conversations, presence, me));
  });
  at('people-count').textContent = `· ${presence.names().length}`;
  at('menu-unread').hidden = conversations.unread === 0;
  document.title = conversations.unread > 0 ? `(${conversations.unread}) Serverless chat` : 'Serverless chat';
}

export function showHeading(conversation, onlyRoom, presence, me) {
  const isRoom = conversation.kind === 'room';
  at('title').textContent = isRoom ? `# ${conversation.name}` : conversation.name;
  at('title').title = conversation.name;
  at('leave-room').hidden = !isRoom || onlyRoom;
  const label = isRoom ? `Message # ${conversation.name}` : `Message ${conversation.name} privately`;
  at('text').placeholder = label;
  at('text-label').textContent = label;
  if (isRoom) {
    const names = presence.names(conversation.name).map((name) => (name === me ? 'you' : name));
    at('subtitle').textContent = names.length > 0 ? `${names.length} here: ${names.join(', ')}` : 'No members yet';
    at('subtitle').title = names.join(', ');
  } else {
    at('subtitle').textContent = presence.has(conversation.name) ? 'Here now · only the two of you see this' : 'Not here now';
    at('subtitle').title = '';
  }
}

export function showLog(conversation) {
  const log = at('log');
  log.setAttribute('aria-live', 'off'); // switching the conversation is not an announcement
  log.replaceChildren();
  if (conversation.items.length === 0) {
    log.append(element('li', { className: 'happened' }, 'No messages yet.'));
  }
  conversation.items.forEach((item, i) => append(log, item, conversation.items[i - 1]));
  log.setAttribute('aria-live', 'polite');
  scrollToNewest();
}

export function showItem(conversation) {
  const scroll = at('scroll');
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
  const item = conversation.items.at(-1);
  const log = at('log');
  if (conversation.items.length === 1) {
    log.replaceChildren();
  }
  while (log.childElementCount >= conversation.items.length && log.firstElementChild) {
    log.firstElementChild.remove();
  }
  append(log, item, conversation.items.at(-2));
  if (atEnd || item.mine) {
    scrollToNewest();
  } else {
    at('newer').hidden = false;
  }
}

export function scrollToNewest() {
  at('scroll').scrollTop = at('scroll').scrollHeight;
  at('newer').hidden = true;
}

function append(log, item, previous) {
  const continues = previous !== undefined && previous.text !== undefined && item.text !== undefined
    && previous.from === item.from && item.at - previous.at < sameBreath;
  if (continues) {
    log.lastElementChild?.classList.remove('last');
  }
  log.append(item.text === undefined ? element('li', { className: 'happened' }, item.event) : message(item, !continues));
}

function message(item, first) {
  const row = element('li', { className: `said last${first ? ' first' : ''}${item.mine ? ' mine' : ''}` });
  row.append(avatar(item.from));
  if (first) {
    row.append(element('p', { className: 'who' },
      element('b', { title: item.from }, item.from),
      element('time', { dateTime: new Date(item.at).toISOString() }, time.format(item.at))));
  } else {
    row.append(element('span', { className: 'hidden' }, `${item.from}: `));
  }
  row.append(element('p', { className: 'bubble' }, item.text));
  return row;
}

function roomItems(conversations, presence) {
  const joined = conversations.rooms;
  const others = presence.rooms().filter((room) => !joined.some((conversation) => conversation.name === room)).sort();
  return [
    ...joined.map((conversation) => listItem(
      { room: conversation.name }, conversation, element('span', { className: 'hash', ariaHidden: 'true' }, '#'),
      conversations, counted(presence.names(conversation.name).length))),
    ...others.map((room) => listItem(
      { room, key: Conversations.roomId(room) }, { name: room, unread: 0 }, element('span', { className: 'hash', ariaHidden: 'true' }, '#'),
      conversations, 'join')),
  ];
}

function personItems(conversations, presence, me) {
  const here = presence.names().filter((name) => name !== me);
  const away = conversations.people.map((conversation) => conversation.name).filter((name) => name !== me && !here.includes(name));
  const items = [
    ...here.map((name) => personItem(name, conversations, '')),
    ...away.map((name) => personItem(name, conversations, 'away')),
  ];
  return items.length > 0 ? items : [element('li', { className: 'empty' }, 'Only you. Open this page in a second tab.')];
}

function personItem(name, conversations, note) {
  const conversation = conversations.get(Conversations.personId(name)) ?? { name, unread: 0 };
  const item = listItem({ person: name }, conversation, avatar(name), conversations, note);
  item.classList.toggle('away', note === 'away');
  return item;
}

function listItem(data, conversation, sign, conversations, note) {
  const button = element('button', { type: 'button', title: conversation.name }, sign,
    element('span', { className: 'label' }, conversation.name));
  Object.assign(button.dataset, data);
  if (conversation === conversations.current) {
    button.setAttribute('aria-current', 'true');
  }
  if (conversation.unread > 0) {
    button.append(element('span', { className: 'badge' }, String(conversation.unread), element('span', { className: 'hidden' }, ' unread')));
  } else if (note) {
    button.append(element('span', { className: 'note' }, note));
  }
  return element('li', {}, button);
}

function counted(count) {
  return count > 0 ? String(count) : '';
}

function avatar(name) {
  const sign = element('span', { className: 'avatar', ariaHidden: 'true' }, [...name.trim()][0] ?? '?');
  let hash = 0;
  for (const character of name) {
    hash = (hash * 31 + character.codePointAt(0)) % 360;
  }
  sign.style.setProperty('--hue', hash);
  return sign;
}

// The lists are redrawn when people join or leave; the keyboard focus must stay where it was.
function keepFocus(draw) {
  const { room, person } = document.activeElement?.closest('.list button')?.dataset ?? {};
  draw();
  if (room !== undefined || person !== undefined) {
    [...document.querySelectorAll('.list button')]
      .find((button) => button.dataset.room === room && button.dataset.person === person)?.focus();
  }
}

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}
