// Events that failed for good, and another try.

import { html, useState } from '../lib/standalone.module.js';
import { usePage } from '../feed/use-page.js';
import { Pager } from '../parts/pager.js';
import { bytes, count, dateOf } from '../parts/format.js';
import { Empty, Problem } from '../parts/notes.js';
import { link } from '../router.js';

export function Letters({ gateway }) {
  const { api } = gateway;
  const pages = usePage(api, 'dead-letters');
  const [open, setOpen] = useState(null);
  const [outcome, setOutcome] = useState(null);
  const [busy, setBusy] = useState(false);
  const letters = pages.page?.value ?? [];

  async function run(work, said) {
    setBusy(true);
    try {
      setOutcome({ text: said(await work()), isGood: true });
    } catch (error) {
      setOutcome({ text: error.message, isGood: false });
    }
    setBusy(false);
    pages.refresh();
  }

  const replay = (letter) => run(() => api.post(`dead-letters/${letter.id}/:replay`), () => `${letter.event} was taken, and is no dead letter any more.`);
  const forget = (letter) => run(() => api.delete(`dead-letters/${letter.id}`), () => `${letter.event} was deleted.`);
  const replayAll = (hub) => run(() => api.post('dead-letters/:replay', { hub }), ({ replayed, stoppedAt }) => (stoppedAt
    ? `${count(replayed)} of ${hub} were taken. Then ${stoppedAt.event} failed again: ${stoppedAt.reason}`
    : `${count(replayed)} of ${hub} were taken.`));

  return html`
    <header><h1>Dead letters</h1><p>Events that no upstream took, kept in order</p></header>
    ${pages.error && html`<${Problem} title="The list is not up to date." detail=${pages.error} />`}
    <p role="status" class=${outcome ? `card outcome ${outcome.isGood ? 'good' : 'bad'}` : 'hidden'}>${outcome?.text}</p>
    ${letters.length === 0
      ? html`<div class="card"><${Empty} icon="envelope" title=${pages.loading ? 'Loading' : 'No dead letters'}>
          An event is kept here when all attempts have failed and its template has <code>DeadLetter</code> set to true. Which template that is,
          <a href=${link('templates')}>Templates</a> tells.
        </${Empty}></div>`
      : html`
        <div class="actions">
          ${[...new Set(letters.map((letter) => letter.hub))].map((hub) => html`
            <button type="button" class="button" disabled=${busy} onClick=${() => replayAll(hub)}>Replay all of ${hub}</button>`)}
        </div>
        <section class="card" aria-label="Dead letters">
          <div class="table scroll-x" tabindex="0" role="group" aria-label="Dead letters">
            <table>
              <thead><tr>
                <th scope="col">Event</th><th scope="col" class="desk">Hub</th><th scope="col">Why</th><th scope="col" class="number desk">Attempts</th><th scope="col" class="desk">Failed</th>
                <th scope="col"><span class="hidden">Actions</span></th>
              </tr></thead>
              <tbody>${letters.map((letter) => html`
                <${Row} key=${letter.id} api=${api} letter=${letter} busy=${busy} isOpen=${open === letter.id}
                        onToggle=${() => setOpen(open === letter.id ? null : letter.id)}
                        onReplay=${() => replay(letter)} onForget=${() => forget(letter)} />`)}
              </tbody>
            </table>
          </div>
          <${Pager} pages=${pages} what="dead letters" />
        </section>`}`;
}

function Row({ api, letter, busy, isOpen, onToggle, onReplay, onForget }) {
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
      <td class="does"><button type="button" class="button quiet" disabled=${busy} onClick=${onReplay} aria-label=${`Replay ${letter.event}`}>Replay</button>
        <button type="button" class="button quiet danger" disabled=${busy} onClick=${onForget} aria-label=${`Delete ${letter.event}`}>Delete</button></td>
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

// What is no text is shown as it came, in Base64.
function textOf({ body }) {
  const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? body : text;
  } catch {
    return body;
  }
}
