// The units that would be billed today, hour by hour.

import { html } from '../../lib/standalone.module.js';
import { Bars } from '../../parts/chart.js';
import { compact, count, sinceOf } from '../../parts/format.js';
import { Empty } from '../../parts/notes.js';

export function Units({ usage, since }) {
  const { value, error } = usage;
  return html`
    <section class="card" aria-labelledby="units-title">
      <header><h2 id="units-title">Units today</h2><span class="right soft small">since ${sinceOf(since)}, by hour</span></header>
      ${!value
        ? html`<${Empty} icon="pulse" title=${error ? 'No figures' : 'Loading'}>${error}</${Empty}>`
        : html`<div class="body"><${Bars} title=${words(value.total)} bars=${hours(value.usage)} names=${['To clients', 'To upstreams', 'Live trace']} format=${compact} /></div>`}
    </section>`;
}

function hours(lines) {
  return Array.from({ length: 24 }, (_, hour) => {
    const those = lines.filter((line) => new Date(line.start).getUTCHours() === hour);
    const sum = (name) => those.reduce((total, line) => total + line[name], 0);
    return { label: `${String(hour).padStart(2, '0')}:00`, parts: [sum('clientUnits'), sum('upstreamUnits'), sum('liveTraceUnits')] };
  });
}

function words(total) {
  return `Units today by hour: ${count(total.clientUnits)} to clients, ${count(total.upstreamUnits)} to upstreams and ${count(total.liveTraceUnits)} to viewers in all.`;
}
