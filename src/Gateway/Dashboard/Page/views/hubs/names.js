// A hub's users or groups, with the number of connections of each.

import { html, useState } from '../../lib/standalone.module.js';
import { count } from '../../parts/format.js';
import { Empty, Problem } from '../../parts/notes.js';
import { Name } from '../../parts/names.js';
import { link } from '../../router.js';
import { Pager } from '../../parts/pager.js';
import { Search, Sortable, Table, useSort } from '../../parts/table.js';
import { usePage } from '../../feed/use-page.js';

const kinds = {
  users: { title: 'Users', query: 'user', none: 'No users are connected', hint: 'A client has a user where its token names one.' },
  groups: { title: 'Groups', query: 'group', none: 'No group has members', hint: 'Functions add connections or users to groups over the REST API.' },
};

export function Names({ api, hub, kind }) {
  const { title, query, none, hint } = kinds[kind];
  const [search, setSearch] = useState('');
  const sort = useSort();
  const pages = usePage(api, `hubs/${encodeURIComponent(hub)}/${kind}`, { search, orderby: sort.orderby });
  const { page, error } = pages;
  return html`
    ${error && html`<${Problem} title="The list is not up to date." detail=${error} />`}
    <section class="card" aria-labelledby="list-title">
      <header>
        <h2 id="list-title">${title}</h2>
        <div class="right"><${Search} id="list-search" label=${`Search ${kind}`} value=${search} onInput=${setSearch} /></div>
      </header>
      ${page?.value.length === 0
        ? html`<${Empty} icon="people" title=${search ? `No name matches “${search}”` : none}>${search ? 'The search ignores case.' : hint}</${Empty}>`
        : html`<${Table} labelledby="list-title">
            <thead><tr><th scope="col">Name</th><${Sortable} sort=${sort} field="connections" number>Connections</${Sortable}></tr></thead>
            <tbody>${page?.value.map((one) => html`
              <tr key=${one.name}>
                <td><a href=${link('hubs', hub, { [query]: one.name })}>${kind === 'users' ? html`<${Name} id=${one.name} />` : one.name}</a></td>
                <td class="number">${count(one.connections)}</td>
              </tr>`)}
            </tbody>
          </${Table}>`}
      <${Pager} pages=${pages} what=${kind} />
    </section>`;
}
