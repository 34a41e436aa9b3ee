// Calls that the shipped chat (src/Functions) answers, so that a new user sees a message come back.

import { encodedName } from '../../parts/names.js';

const chat = [
  { title: 'Join the lobby', target: 'Join', text: '["lobby", false]' },
  { title: 'Say hello there', target: 'Say', text: '["lobby", "Hello"]' },
];

/** The first hub and user. The chat refuses clients without a user. */
export const first = { hub: 'chat', user: 'ann' };

/** Returns example calls of a hub; the first one is filled in. The chat finds users by their encoded names. */
export function examplesOf(hub, user) {
  return hub.trim().toLowerCase() !== first.hub ? [] : [
    ...chat,
    ...(user && encodedName(user) === user ? [{ title: `Whisper to ${user}`, target: 'Whisper', text: JSON.stringify([user, 'Hello']) }] : []),
  ];
}
