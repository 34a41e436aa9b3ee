// The upstream templates, in their order.

import { html } from '../../lib/standalone.module.js';
import { usePolling } from '../../feed/use-feed.js';
import { Empty, Problem } from '../../parts/notes.js';
import { Which } from './which.js';

export function Templates({ gateway }) {
  const { value, error, loading } = usePolling(() => gateway.api.get('templates'), 10_000);
  const templates = value?.value ?? [];
  return html`
    <header><h1>Templates</h1><p>The first template whose three patterns match an event receives it</p></header>
    ${error && html`<${Problem} title="The list is not up to date." detail=${error} />`}
    <section class="card" aria-labelledby="templates-title">
      <header><h2 id="templates-title">Upstream templates</h2></header>
      ${templates.length === 0
        ? html`<${Empty} icon="fork" title=${loading ? 'Loading' : 'No template'}>
            Calls of clients end in an error. Set <code>UpstreamSettings:Templates:0:UrlTemplate</code> to the address of your functions.
          </${Empty}>`
        : html`<ol class="templates">${templates.map((one) => html`
            <li key=${one.template}>
              <span class="place number soft">${one.template}</span>
              <div>
                <code>${one.url}</code> ${marksOf(one).map((mark) => html`<span class="badge">${mark}</span> `)}
                <dl class="facts">
                  ${['hub', 'category', 'event'].map((name) => html`<div key=${name}><dt>${name}</dt><dd class="mono">${one[name]}</dd></div>`)}
                </dl>
              </div>
            </li>`)}</ol>`}
    </section>
    <${Which} api=${gateway.api} hubs=${gateway.overview.now?.hubs ?? []} />`;
}

function marksOf({ identity, attempts, deadLetter }) {
  return [identity && 'managed identity', attempts > 1 && `${attempts} attempts`, deadLetter && 'dead letters'].filter(Boolean);
}
