// Decodes user ids for people. Apps percent-encode ids that are not ASCII, because Functions hosts pass on only ASCII headers.

import { html } from '../lib/standalone.module.js';

// Control characters, and those that change the direction of the text around them.
const unsafe = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** Returns the decoded id; the id unchanged where it is not percent-encoded text. */
export function shownName(id) {
  if (!id?.includes('%')) {
    return id;
  }
  try {
    const text = decodeURIComponent(id);
    return unsafe.test(text) ? id : text;
  } catch {
    return id;
  }
}

/** Returns the id of a name as apps encode it: all characters except the unreserved ones of RFC 3986. */
export function encodedName(name) {
  return encodeURIComponent(name).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function Name({ id }) {
  const shown = shownName(id);
  return html`<span title=${shown === id ? undefined : id}>${shown}</span>`;
}
