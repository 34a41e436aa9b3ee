// Calls, errors and latencies of the upstream of each template.

import { html } from '../../lib/standalone.module.js';
import { compact, percent, rate } from '../../parts/format.js';
import { Empty } from '../../parts/notes.js';
import { Sortable, Table, sorted, useSort } from '../../parts/table.js';
import { link } from '../../router.js';

const values = {
  template: (of) => of.template,
  rate: (of) => of.callsPerSecond,
  p50: (of) => of.p50 ?? -1,
  p95: (of) => of.p95 ?? -1,
  p99: (of) => of.p99 ?? -1,
  calls: (of) => of.calls,
  errors: (of) => of.errors,
  share: (of) => of.errors / of.calls,
};

export function Upstreams({ upstreams, templates }) {
  const sort = useSort();
  return html`
    <section class="card" aria-labelledby="upstreams-title">
      <header><h2 id="upstreams-title">Upstream by template</h2><span class="right soft small">latency of the last 10 s</span></header>
      ${upstreams.length === 0
        ? html`<${Empty} icon="fork" title="No upstream has been called yet">
            The <a href=${link('templates')}>templates</a> decide where clients' events go.
          </${Empty}>`
        : html`<${Table} labelledby="upstreams-title">
            <thead><tr>
              <${Sortable} sort=${sort} field="template">Template</${Sortable}><${Sortable} sort=${sort} field="rate" number>Calls/s</${Sortable}>
              <${Sortable} sort=${sort} field="p50" number class="desk">Median</${Sortable}><${Sortable} sort=${sort} field="p95" number>95 %</${Sortable}>
              <${Sortable} sort=${sort} field="p99" number class="desk">99 %</${Sortable}><${Sortable} sort=${sort} field="calls" number class="desk">Calls</${Sortable}>
              <${Sortable} sort=${sort} field="errors" number class="desk">Errors</${Sortable}><${Sortable} sort=${sort} field="share" number>Error rate</${Sortable}>
            </tr></thead>
            <tbody>${sorted(upstreams, sort, values).map((of) => html`
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
          </${Table}>`}
    </section>`;
}

// The gateway reports only the bucket.
function upTo(bound) {
  return bound === null || bound === undefined ? '–' : bound < 1000 ? `≤ ${bound} ms` : `≤ ${bound / 1000} s`;
}

function hostOf(url) {
  return url?.split('/')[2] ?? '';
}
