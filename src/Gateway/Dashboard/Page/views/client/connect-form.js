// The user and the settings of a connection. While connected, fields can be read and keep the focus, but cannot be changed, and Enter
// in them has no effect.

import { html, useRef } from '../../lib/standalone.module.js';
import { Button } from '../../parts/button.js';
import { protocols, transports } from './try-out.js';

export function ConnectForm({ form, hubs, isConnected, busy, onChange, onConnect, onDisconnect }) {
  const button = useRef(null);
  const isFixed = isConnected || busy;
  const set = (name) => (event) => onChange({ ...form, [name]: event.target.type === 'checkbox' ? event.target.checked : event.target.value });

  // Server-sent events carry only text.
  const isText = form.transport === 'serverSentEvents';
  const protocol = isText ? 'json' : form.protocol;

  function submit(event) {
    event.preventDefault();

    // Controls without a read-only state are disabled and would lose the focus.
    if (document.activeElement?.matches('select, [type=checkbox]')) {
      button.current.querySelector('button').focus();
    }
    onConnect({ ...form, protocol });
  }

  return html`
    <form onSubmit=${submit} autocomplete="off">
      <fieldset class="fields">
        <legend class="hidden">Connection</legend>
        <div class="field">
          <label for="client-hub">Hub</label>
          <input id="client-hub" required list="client-hubs" value=${form.hub} onInput=${set('hub')} readonly=${isFixed} spellcheck=${false} autocapitalize="none" placeholder="chat" />
          <datalist id="client-hubs">${hubs.map((one) => html`<option key=${one.hub} value=${one.hub} />`)}</datalist>
        </div>
        <div class="field">
          <label for="client-user">User</label>
          <input id="client-user" value=${form.user} onInput=${set('user')} readonly=${isFixed} spellcheck=${false} autocapitalize="none" placeholder="anonymous" />
        </div>
        <div class="field">
          <label for="client-transport">Transport</label>
          <select id="client-transport" onChange=${set('transport')} disabled=${isFixed}>
            ${Object.entries(transports).map(([name, { title }]) => html`<option key=${name} value=${name} selected=${name === form.transport}>${title}</option>`)}
          </select>
        </div>
        <div class="field">
          <label for="client-protocol">Protocol</label>
          <select id="client-protocol" onChange=${set('protocol')} disabled=${isText || isFixed} title=${isText ? 'Server-sent events carry text only' : ''}>
            ${Object.entries(protocols).map(([name, { title }]) => html`<option key=${name} value=${name} selected=${name === protocol}>${title}</option>`)}
          </select>
        </div>
      </fieldset>
      <div class="actions spread" ref=${button}>
        <${Button} type=${isConnected ? 'button' : 'submit'} class=${`button ${isConnected ? '' : 'primary'}`} off=${busy}
                   onClick=${isConnected ? onDisconnect : undefined}>${isConnected ? 'Disconnect' : busy ? 'Connecting…' : 'Connect'}</${Button}>
        <div class="checks"><label><input type="checkbox" checked=${form.diagnostic} onChange=${set('diagnostic')} disabled=${isFixed} />
          diagnostic client: logged in full detail</label></div>
      </div>
    </form>`;
}
