// A hub's connections, all of them or those of a user or group, with their details.

import { html, useState } from '../../lib/standalone.module.js';
import { bytes, count, dateOf, duration } from '../../parts/format.js';
import { Empty, Problem } from '../../parts/notes.js';
import { Name, shownName } from '../../parts/names.js';
import { link } from '../../router.js';
import { Pager } from '../../parts/pager.js';
import { Search, Sortable, Table, useSort } from '../../parts/table.js';
import { usePage } from '../../feed/use-page.js';

const transports = { WebSockets: 'WebSockets', ServerSentEvents: 'Server-sent events', LongPolling: 'Long polling' };

export function Connections({ api, hub, user, group }) {
  const [search, setSearch] = useState('');
  const sort = useSort();
  const pages = usePage(api, `hubs/${encodeURIComponent(hub)}/connections`, { user, group, search, orderby: sort.orderby });
  const [open, setOpen] = useState(null);
  const { page, error } = pages;
  const of = user ? `of user ${shownName(user)}` : group ? `in group ${group}` : '';
  return html`
    ${error && html`<${Problem} title="The list is not up to date." detail=${error} />`}
    <section class="card" aria-labelledby="list-title">
      <header>
        <h2 id="list-title">Connections ${of}</h2>
        ${page && html`<span class="soft small">${count(page.total)}</span>`}
        <div class="actions right">
          ${of && html`<a href=${link('hubs', hub)}>Show all</a>`}
          <${Search} id="list-search" label="Search connections" value=${search} onInput=${setSearch} />
        </div>
      </header>
      ${page?.value.length === 0
        ? html`<${Empty} icon="people" title=${search ? `No connection matches “${search}”` : of ? `No connection ${of}` : 'No connections'}>
            ${search ? 'Connection ids and users are searched.' : html`Connect one from the <a href=${link('client', hub)}>test client</a>.`}
          </${Empty}>`
        : html`<${Table} labelledby="list-title">
            <thead><tr>
              <th scope="col">Connection</th><${Sortable} sort=${sort} field="user">User</${Sortable}>
              <${Sortable} sort=${sort} field="transport" class="desk">Transport</${Sortable}>
              <${Sortable} sort=${sort} field="received" number class="desk">In</${Sortable}><${Sortable} sort=${sort} field="sent" number class="desk">Out</${Sortable}>
              <${Sortable} sort=${sort} field="connectedAt" number>Connected</${Sortable}>
            </tr></thead>
            <tbody>${page?.value.map((one) => html`
              <${Row} key=${one.connectionId} hub=${hub} connection=${one} isOpen=${open === one.connectionId}
                      onToggle=${() => setOpen(open === one.connectionId ? null : one.connectionId)} />`)}
            </tbody>
          </${Table}>`}
      <${Pager} pages=${pages} what="connections" />
    </section>`;
}

function Row({ hub, connection, isOpen, onToggle }) {
  return html`
    <tr class=${isOpen ? 'chosen' : ''}>
      <td><button type="button" class="link mono" aria-expanded=${String(isOpen)} onClick=${onToggle}>${connection.connectionId}</button>
        ${connection.isBlocked && html` <span class="badge warn">does not read</span>`}
        ${connection.isDiagnostic && html` <span class="badge">diagnostic</span>`}</td>
      <td class="name">${connection.user ? html`<${Name} id=${connection.user} />` : html`<span class="soft">anonymous</span>`}</td>
      <td class="nowrap desk">${transports[connection.transport] ?? connection.transport} <span class="soft">${connection.protocol}</span></td>
      <td class="number desk">${count(connection.received)}</td>
      <td class="number desk">${count(connection.sent)}</td>
      <td class="number">${duration(connection.ageSeconds * 1000)} ago</td>
    </tr>
    ${isOpen && html`
      <tr class="chosen"><td colspan="6">
        <dl class="pairs">
          ${shownName(connection.user) !== connection.user && html`<dt>User id</dt><dd class="mono">${connection.user}</dd>`}
          ${connection.connectedAt && html`<dt>Connected</dt><dd>${dateOf(connection.connectedAt)}</dd>`}
          <dt>Transport</dt><dd>${transports[connection.transport] ?? connection.transport}, ${connection.protocol}</dd>
          <dt>Node</dt><dd class="mono">${connection.node}</dd>
          <dt>Received</dt><dd>${count(connection.received)} messages, ${bytes(connection.bytesReceived)}</dd>
          <dt>Sent</dt><dd>${count(connection.sent)} messages, ${bytes(connection.bytesSent)}${connection.bytesWaiting > 0 && `; ${bytes(connection.bytesWaiting)} queued`}</dd>
          <dt>Groups</dt><dd>${connection.groups.length === 0 ? 'none' : connection.groups.map((name, i) => html`${i > 0 && ', '}<a href=${link('hubs', hub, { group: name })}>${name}</a>`)}
            ${connection.groupCount > connection.groups.length && ` and ${count(connection.groupCount - connection.groups.length)} more`}</dd>
          <dt>Watch it</dt><dd><a href=${link('trace', null, { connection: connection.connectionId })}>Live trace of this connection</a></dd>
        </dl>
      </td></tr>`}`;
}
