// As whom and how to connect.

import { html, useState } from '../../lib/standalone.module.js';
import { protocols, transports } from './try-out.js';

export function ConnectForm({ hub, hubs, settings, client, busy, onConnect, onDisconnect }) {
  const [form, setForm] = useState({
    hub: hub ?? settings?.hub ?? hubs[0]?.hub ?? '',
    user: settings?.user ?? '',
    transport: settings?.transport ?? 'webSockets',
    protocol: settings?.protocol ?? 'json',
    diagnostic: settings?.diagnostic ?? false,
  });
  const set = (name) => (event) => setForm({ ...form, [name]: event.target.type === 'checkbox' ? event.target.checked : event.target.value });

  // Server-sent events are text.
  const isText = form.transport === 'serverSentEvents';
  const protocol = isText ? 'json' : form.protocol;

  function submit(event) {
    event.preventDefault();
    if (client) {
      onDisconnect();
    } else {
      onConnect({ ...form, protocol });
    }
  }

  return html`
    <form onSubmit=${submit} autocomplete="off">
      <fieldset class="fields" disabled=${client !== null || busy}>
        <legend class="hidden">Connection</legend>
        <div class="field">
          <label for="client-hub">Hub</label>
          <input id="client-hub" required list="client-hubs" value=${form.hub} onInput=${set('hub')} spellcheck=${false} autocapitalize="none" placeholder="chat" />
          <datalist id="client-hubs">${hubs.map((one) => html`<option key=${one.hub} value=${one.hub} />`)}</datalist>
        </div>
        <div class="field">
          <label for="client-user">User</label>
          <input id="client-user" value=${form.user} onInput=${set('user')} spellcheck=${false} autocapitalize="none" placeholder="anonymous" />
        </div>
        <div class="field">
          <label for="client-transport">Transport</label>
          <select id="client-transport" onChange=${set('transport')}>
            ${Object.entries(transports).map(([name, { title }]) => html`<option key=${name} value=${name} selected=${name === form.transport}>${title}</option>`)}
          </select>
        </div>
        <div class="field">
          <label for="client-protocol">Protocol</label>
          <select id="client-protocol" onChange=${set('protocol')} disabled=${isText} title=${isText ? 'Server-sent events carry text only' : ''}>
            ${Object.entries(protocols).map(([name, { title }]) => html`<option key=${name} value=${name} selected=${name === protocol}>${title}</option>`)}
          </select>
        </div>
      </fieldset>
      <div class="actions spread">
        <button class=${`button ${client ? '' : 'primary'}`} disabled=${busy}>${client ? 'Disconnect' : busy ? 'Connecting…' : 'Connect'}</button>
        <div class="checks"><label><input type="checkbox" checked=${form.diagnostic} onChange=${set('diagnostic')} disabled=${client !== null || busy} />
          diagnostic client: logged in full detail</label></div>
      </div>
    </form>`;
}
