// The hubs that clients have connected to since the nodes' starts.

import { html, useState } from '../../lib/standalone.module.js';
import { compact, count } from '../../parts/format.js';
import { Empty } from '../../parts/notes.js';
import { Search, Sortable, Table, sorted, useSort } from '../../parts/table.js';
import { link } from '../../router.js';

const values = {
  hub: (one) => one.hub,
  connections: (one) => one.connections,
  received: (one) => one.received,
  sent: (one) => one.sent,
};

export function HubList({ hubs }) {
  const [search, setSearch] = useState('');
  const sort = useSort();
  const chosen = hubs.filter(({ hub }) => hub.includes(search.trim().toLowerCase()));
  return html`
    <section class="card" aria-labelledby="hubs-title">
      <header>
        <h2 id="hubs-title">Hubs</h2>
        ${hubs.length > 0 && html`<div class="right"><${Search} id="hubs-search" label="Search hubs" value=${search} onInput=${setSearch} /></div>`}
      </header>
      ${chosen.length === 0
        ? html`<${Empty} icon="people" title=${search ? `No hub matches “${search}”` : 'No client has connected yet'}>
            Open the <a href=${link('client')}>test client</a>, or let your app connect.
          </${Empty}>`
        : html`<${Table} labelledby="hubs-title">
            <thead><tr>
              <${Sortable} sort=${sort} field="hub">Hub</${Sortable}><${Sortable} sort=${sort} field="connections" number>Connections</${Sortable}>
              <${Sortable} sort=${sort} field="received" number>In</${Sortable}><${Sortable} sort=${sort} field="sent" number>Out</${Sortable}>
            </tr></thead>
            <tbody>${sorted(chosen, sort, values).map((hub) => html`
              <tr key=${hub.hub}>
                <td><a href=${link('hubs', hub.hub)}>${hub.hub}</a></td>
                <td class="number">${count(hub.connections)}</td>
                <td class="number">${compact(hub.received)}</td>
                <td class="number">${compact(hub.sent)}</td>
              </tr>`)}
            </tbody>
          </${Table}>`}
    </section>`;
}
