// The gateway's processes.

import { html } from '../../lib/standalone.module.js';
import { count, duration } from '../../parts/format.js';

const backplanes = {
  NotConfigured: ['', 'one node alone'],
  Connected: ['good', 'joined by Redis'],
  Unavailable: ['bad', 'cut off from Redis'],
};

export function Nodes({ nodes, viewers }) {
  return html`
    <section class="card" aria-labelledby="nodes-title">
      <header><h2 id="nodes-title">Nodes</h2><span class="right soft small">${viewers === 1 ? 'one viewer' : `${count(viewers)} viewers`}</span></header>
      <div class="table scroll-x" tabindex="0" role="group" aria-labelledby="nodes-title">
        <table>
          <thead><tr>
            <th scope="col">Node</th><th scope="col" class="desk">State</th><th scope="col" class="number">Connections</th>
            <th scope="col" class="number">Processor</th><th scope="col" class="number desk">Up for</th>
          </tr></thead>
          <tbody>${nodes.map((node) => {
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
        </table>
      </div>
    </section>`;
}
