// The messages that the test client has sent and received, newest first.

import { html } from '../../lib/standalone.module.js';
import { preciseTimeOf } from '../../parts/format.js';
import { Empty } from '../../parts/notes.js';

const kinds = {
  sent: ['', 'sent'],
  result: ['good', 'result'],
  called: ['accent', 'called'],
  error: ['bad', 'error'],
  state: ['', 'state'],
};

export function Log({ entries, onClear }) {
  return html`
    <section class="card" aria-labelledby="log-title">
      <header><h2 id="log-title">What happened</h2>
        ${entries.length > 0 && html`<button type="button" class="button quiet right" onClick=${onClear}>Clear</button>`}
      </header>
      ${entries.length === 0
        ? html`<${Empty} icon="terminal" title="Nothing yet">Your calls, their answers, and every call from the server to this client are listed here.</${Empty}>`
        : html`<div class="log" role="log" aria-labelledby="log-title" tabindex="0"><ol>${entries.map(({ number, time, kind, title, detail }) => {
            const [tone, word] = kinds[kind];
            return html`
              <li key=${number}>
                <time class="soft mono">${preciseTimeOf(time)}</time>
                <span class=${`badge ${tone}`}>${word}</span>
                <div><strong>${title}</strong>${detail && html`<div class="mono detail">${detail}</div>`}</div>
              </li>`;
          })}</ol></div>`}
    </section>`;
}
