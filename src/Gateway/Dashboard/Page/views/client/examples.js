// Calls that the shipped chat (src/Functions) answers, so that somebody who has just started it sees a message come back.

import { encodedName } from '../../parts/names.js';

const chat = [
  { title: 'Join the lobby', target: 'Join', text: '["lobby", false]' },
  { title: 'Say hello there', target: 'Say', text: '["lobby", "Hello"]' },
];

/** The hub and the user to begin with. The chat refuses clients without a user. */
export const first = { hub: 'chat', user: 'ann' };

/** Example calls of a hub; the first one is filled in. The chat finds users by their encoded names. */
export function examplesOf(hub, user) {
  return hub.trim().toLowerCase() !== first.hub ? [] : [
    ...chat,
    ...(user && encodedName(user) === user ? [{ title: `Whisper to ${user}`, target: 'Whisper', text: JSON.stringify([user, 'Hello']) }] : []),
  ];
}
