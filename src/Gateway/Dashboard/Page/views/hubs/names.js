// A hub's users or groups, with how many connections each has.

import { html, useState } from '../../lib/standalone.module.js';
import { count } from '../../parts/format.js';
import { Empty, Problem } from '../../parts/notes.js';
import { link } from '../../router.js';
import { Pager } from '../../parts/pager.js';
import { usePage } from '../../feed/use-page.js';

const kinds = {
  users: { title: 'Users', query: 'user', none: 'No user is here', hint: 'A client has a user where its token names one.' },
  groups: { title: 'Groups', query: 'group', none: 'No group has anyone in it', hint: 'Functions add connections or users to groups over the REST API.' },
};

export function Names({ api, hub, kind }) {
  const { title, query, none, hint } = kinds[kind];
  const [prefix, setPrefix] = useState('');
  const pages = usePage(api, `hubs/${encodeURIComponent(hub)}/${kind}`, { prefix });
  const { page, error } = pages;
  return html`
    ${error && html`<${Problem} title="The list is not up to date." detail=${error} />`}
    <section class="card" aria-labelledby="list-title">
      <header>
        <h2 id="list-title">${title}</h2>
        <div class="right">
          <label class="hidden" for="prefix">Names that begin with</label>
          <input id="prefix" type="search" placeholder="Begins with…" value=${prefix} spellcheck=${false}
                 onInput=${(event) => { setPrefix(event.target.value); pages.first(); }} />
        </div>
      </header>
      ${page?.value.length === 0
        ? html`<${Empty} icon="people" title=${prefix ? `None begins with “${prefix}”` : none}>${prefix ? 'Upper and lower case matter.' : hint}</${Empty}>`
        : html`<div class="table scroll-x" tabindex="0" role="group" aria-labelledby="list-title">
            <table>
              <thead><tr><th scope="col">Name</th><th scope="col" class="number">Connections</th></tr></thead>
              <tbody>${page?.value.map((one) => html`
                <tr key=${one.name}>
                  <td><a href=${link('hubs', hub, { [query]: one.name })}>${one.name}</a></td>
                  <td class="number">${count(one.connections)}</td>
                </tr>`)}
              </tbody>
            </table>
          </div>`}
      <${Pager} pages=${pages} what=${kind} />
    </section>`;
}
