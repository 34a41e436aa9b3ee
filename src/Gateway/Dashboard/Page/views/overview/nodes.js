// The gateway's processes.

import { html } from '../../lib/standalone.module.js';
import { count, duration } from '../../parts/format.js';
import { Sortable, Table, sorted, useSort } from '../../parts/table.js';

const backplanes = {
  NotConfigured: ['', 'single node'],
  Connected: ['good', 'connected by Redis'],
  Unavailable: ['bad', 'cut off from Redis'],
};

const values = {
  node: (one) => one.node,
  state: (one) => one.backplane,
  connections: (one) => one.connections,
  processor: (one) => one.loadPercent,
  uptime: (one) => one.uptimeSeconds,
};

export function Nodes({ nodes, viewers }) {
  const sort = useSort();
  return html`
    <section class="card" aria-labelledby="nodes-title">
      <header><h2 id="nodes-title">Nodes</h2><span class="right soft small">${viewers === 1 ? 'one viewer' : `${count(viewers)} viewers`}</span></header>
      <${Table} labelledby="nodes-title">
        <thead><tr>
          <${Sortable} sort=${sort} field="node">Node</${Sortable}><${Sortable} sort=${sort} field="state" class="desk">State</${Sortable}>
          <${Sortable} sort=${sort} field="connections" number>Connections</${Sortable}><${Sortable} sort=${sort} field="processor" number>Processor</${Sortable}>
          <${Sortable} sort=${sort} field="uptime" number class="desk">Up for</${Sortable}>
        </tr></thead>
        <tbody>${sorted(nodes, sort, values).map((node) => {
          const [tone, text] = backplanes[node.backplane] ?? ['', node.backplane];
          return html`
            <tr key=${node.node}>
              <td class="mono">${node.node}</td>
              <td class="desk"><span class=${`badge ${tone}`}>${text}</span></td>
              <td class="number">${count(node.connections)}</td>
              <td class="number">${node.loadPercent.toFixed(0)} %</td>
              <td class="number desk">${duration(node.uptimeSeconds * 1000)}</td>
            </tr>`;
        })}</tbody>
      </${Table}>
    </section>`;
}
