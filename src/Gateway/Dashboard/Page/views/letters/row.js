// One dead letter in a line, and its details below when it is opened.

import { html, useState } from '../../lib/standalone.module.js';
import { Button } from '../../parts/button.js';
import { bytes, count, dateOf } from '../../parts/format.js';

export function Row({ api, letter, busy, isOpen, onToggle, onReplay, onForget }) {
  const [body, setBody] = useState(null);

  async function toggle() {
    onToggle();
    if (!isOpen && body === null) {
      setBody(await api.get(`dead-letters/${letter.id}`).then(textOf, (error) => error.message));
    }
  }

  return html`
    <tr class=${isOpen ? 'chosen' : ''}>
      <td><button type="button" class="link" aria-expanded=${String(isOpen)} onClick=${toggle}>${letter.event}</button> <span class="soft small nowrap desk">${letter.category}</span></td>
      <td class="desk">${letter.hub}</td>
      <td>${letter.reason}</td>
      <td class="number desk">${count(letter.attempts)}</td>
      <td class="nowrap desk">${dateOf(letter.failedAt)}</td>
      <td class="does"><${Button} class="button quiet" off=${busy} onClick=${onReplay} aria-label=${`Replay ${letter.event}`}>Replay</${Button}>
        <${Button} class="button quiet danger" off=${busy} onClick=${onForget} aria-label=${`Delete ${letter.event}`}>Delete</${Button}></td>
    </tr>
    ${isOpen && html`
      <tr class="chosen"><td colspan="6">
        <dl class="pairs">
          <dt>Hub</dt><dd>${letter.hub}</dd>
          <dt>Connection</dt><dd class="mono">${letter.connectionId}</dd>
          <dt>Event id</dt><dd class="mono">${letter.eventId}</dd>
          <dt>Happened</dt><dd>${dateOf(letter.time)}</dd>
          <dt>Failed</dt><dd>${dateOf(letter.failedAt)}, after ${count(letter.attempts)} ${letter.attempts === 1 ? 'attempt' : 'attempts'}</dd>
          <dt>Template</dt><dd>${letter.template}</dd>
          <dt>Body</dt><dd>${bytes(letter.bodyLength)}, ${letter.contentType}<pre class="block" tabindex="0">${body ?? 'Loading…'}</pre></dd>
        </dl>
      </td></tr>`}`;
}

// A body that is not text is shown as received, in Base64.
function textOf({ body }) {
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? body : text;
  } catch {
    return body;
  }
}
