// The filter of the live trace; the page's address contains it.

import { html, useState } from '../../lib/standalone.module.js';
import { encodedName } from '../../parts/names.js';

const categories = [
  { name: 'Connectivity', title: 'Connections' },
  { name: 'Messaging', title: 'Messages' },
  { name: 'HttpRequests', title: 'Upstream and REST' },
];

/** Returns the filter that is sent to the gateway. */
export function filterOf(query) {
  const filter = {};
  for (const name of ['hub', 'connection', 'user', 'group']) {
    if (query[name]) filter[name] = query[name];
  }
  if (query.categories) filter.categories = query.categories.split(',');
  if (query.bodies) filter.bodies = true;
  return filter;
}

/** Returns the same filter for a user whose id is the percent-encoded name; null where the two are equal. */
export function encodedFilter(filter) {
  return filter.user && encodedName(filter.user) !== filter.user ? { ...filter, user: encodedName(filter.user) } : null;
}

/** True when the gateway lets an event through, by the filter or by that of the encoded name. */
export function letsThrough(filter, event) {
  return (!filter.hub || filter.hub.toLowerCase() === event.hub)
    && (!filter.connection || filter.connection === event.connectionId)
    && (!filter.user || filter.user === event.userId || encodedName(filter.user) === event.userId)
    && (!filter.group || filter.group === event.group)
    && (!filter.categories || filter.categories.includes(event.category));
}

export function FilterForm({ query, hubs, onChange }) {
  const chosen = query.categories?.split(',') ?? categories.map(({ name }) => name);
  const set = (change) => onChange({ ...query, ...change });

  function toggle(name, isOn) {
    const next = categories.map((one) => one.name).filter((one) => (one === name ? isOn : chosen.includes(one)));
    set({ categories: next.length === 0 || next.length === categories.length ? '' : next.join(',') });
  }

  return html`
    <form class="filter" onSubmit=${(event) => event.preventDefault()} autocomplete="off">
      <div class="fields">
        <div class="field">
          <label for="trace-hub">Hub</label>
          <select id="trace-hub" onChange=${(event) => set({ hub: event.target.value })}>
            <option value="" selected=${!query.hub}>all</option>
            ${[...new Set([...hubs.map((one) => one.hub), query.hub].filter(Boolean))].map((name) => html`<option key=${name} value=${name} selected=${name === query.hub}>${name}</option>`)}
          </select>
        </div>
        <${Text} name="connection" title="Connection" value=${query.connection} onChange=${set} />
        <${Text} name="user" title="User" value=${query.user} onChange=${set} />
        <${Text} name="group" title="Group" value=${query.group} onChange=${set} />
      </div>
      <fieldset class="checks">
        <legend class="hidden">Categories</legend>
        ${categories.map(({ name, title }) => html`
          <label key=${name}><input type="checkbox" checked=${chosen.includes(name)} onChange=${(event) => toggle(name, event.target.checked)} /> ${title}</label>`)}
        <label><input type="checkbox" checked=${Boolean(query.bodies)} onChange=${(event) => set({ bodies: event.target.checked ? '1' : '' })} /> Bodies, cut</label>
      </fieldset>
    </form>`;
}

// Applied when the field loses the focus or Enter is pressed, not on every letter.
function Text({ name, title, value, onChange }) {
  const [text, setText] = useState(value ?? '');
  return html`
    <div class="field">
      <label for=${`trace-${name}`}>${title}</label>
      <input id=${`trace-${name}`} type="search" value=${text} spellcheck=${false} autocapitalize="none" placeholder="any"
             onInput=${(event) => setText(event.target.value)} onChange=${(event) => onChange({ [name]: event.target.value.trim() })} />
    </div>`;
}
