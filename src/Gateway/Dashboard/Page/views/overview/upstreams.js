// How each template's upstream answers.

import { html } from '../../lib/standalone.module.js';
import { compact, percent, rate } from '../../parts/format.js';
import { Empty } from '../../parts/notes.js';
import { link } from '../../router.js';

export function Upstreams({ upstreams, templates }) {
  return html`
    <section class="card" aria-labelledby="upstreams-title">
      <header><h2 id="upstreams-title">Upstream by template</h2><span class="right soft small">latency of the last 10 s</span></header>
      ${upstreams.length === 0
        ? html`<${Empty} icon="fork" title="No upstream has been called yet">
            Events of clients go where the <a href=${link('templates')}>templates</a> say.
          </${Empty}>`
        : html`<div class="table scroll-x" tabindex="0" role="group" aria-labelledby="upstreams-title">
            <table>
              <thead><tr>
                <th scope="col">Template</th><th scope="col" class="number">Calls/s</th><th scope="col" class="number desk">Median</th>
                <th scope="col" class="number">95 %</th><th scope="col" class="number desk">99 %</th>
                <th scope="col" class="number desk">Calls</th><th scope="col" class="number desk">Errors</th><th scope="col" class="number">Error rate</th>
              </tr></thead>
              <tbody>${upstreams.map((of) => html`
                <tr key=${of.template}>
                  <td>${of.template} <span class="soft mono">${hostOf(templates?.[of.template]?.url)}</span></td>
                  <td class="number">${rate(of.callsPerSecond)}</td>
                  <td class="number desk">${upTo(of.p50)}</td>
                  <td class="number">${upTo(of.p95)}</td>
                  <td class="number desk">${upTo(of.p99)}</td>
                  <td class="number desk">${compact(of.calls)}</td>
                  <td class=${`number desk ${of.errorsPerSecond > 0 ? 'bad' : ''}`}>${compact(of.errors)}</td>
                  <td class="number">${percent(of.errors / of.calls)}</td>
                </tr>`)}
              </tbody>
            </table>
          </div>`}
    </section>`;
}

// The gateway knows the bucket only.
function upTo(bound) {
  return bound === null || bound === undefined ? '–' : bound < 1000 ? `≤ ${bound} ms` : `≤ ${bound / 1000} s`;
}

function hostOf(url) {
  return url?.split('/')[2] ?? '';
}
