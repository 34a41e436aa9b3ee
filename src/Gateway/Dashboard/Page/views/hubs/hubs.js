// Hubs, and the connections, users and groups of one of them.

import { html } from '../../lib/standalone.module.js';
import { useRedraw } from '../../feed/use-feed.js';
import { Empty } from '../../parts/notes.js';
import { count } from '../../parts/format.js';
import { go, link } from '../../router.js';
import { Connections } from './connections.js';
import { Names } from './names.js';

const lists = [
  { name: 'connections', title: 'Connections' },
  { name: 'users', title: 'Users' },
  { name: 'groups', title: 'Groups' },
];

export function Hubs({ gateway, route }) {
  const { overview } = gateway;
  useRedraw(overview);
  const hubs = overview.now?.hubs ?? [];
  const hub = route.item ?? hubs[0]?.hub;
  if (!hub) {
    return html`
      <header><h1>Hubs</h1></header>
      <div class="card"><${Empty} icon="people" title=${overview.now ? 'No client has connected yet' : 'Loading'}>
        A hub appears with its first client. Connect one from the <a href=${link('client')}>test client</a>.
      </${Empty}></div>`;
  }

  const list = lists.find(({ name }) => name === route.query.list) ?? lists[0];
  const here = hubs.find((one) => one.hub === hub);
  return html`
    <header><h1>Hubs</h1><p>${here ? `${count(here.connections)} connected to ${hub}` : `No client has connected to ${hub}`}</p></header>
    <div class="fields">
      <div class="field narrow">
        <label for="hub">Hub</label>
        <select id="hub" onChange=${(event) => go('hubs', event.target.value, { list: list.name })}>
          ${[...new Set([hub, ...hubs.map((one) => one.hub)])].sort().map((name) => html`<option key=${name} value=${name} selected=${name === hub}>${name}</option>`)}
        </select>
      </div>
      <div class="tabs" role="group" aria-label="List">
        ${lists.map((one) => html`
          <button type="button" aria-pressed=${String(one === list)} onClick=${() => go('hubs', hub, { list: one.name })}>${one.title}</button>`)}
      </div>
    </div>
    ${list.name === 'connections'
      ? html`<${Connections} key=${`${hub} ${route.query.user} ${route.query.group}`} api=${gateway.api} hub=${hub} user=${route.query.user} group=${route.query.group} />`
      : html`<${Names} key=${`${hub} ${list.name}`} api=${gateway.api} hub=${hub} kind=${list.name} />`}`;
}
