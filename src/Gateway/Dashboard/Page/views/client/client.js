// The test client: connects to a hub as any user, calls its methods and shows the answers.

import { html, useState } from '../../lib/standalone.module.js';
import { useRedraw } from '../../feed/use-feed.js';
import { link } from '../../router.js';
import { CallForm } from './call-form.js';
import { ConnectForm } from './connect-form.js';
import { first } from './examples.js';
import { Log } from './log.js';
import { Trial } from './trial.js';

const trial = new Trial();

export function Client({ gateway, route }) {
  const [form, setForm] = useState(() => formOf(route.item, trial.settings, gateway.overview.now?.hubs ?? []));
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  useRedraw(trial);

  async function connect(settings) {
    setBusy(true);
    setProblem('');
    try {
      const { token } = await gateway.api.post(`hubs/${encodeURIComponent(settings.hub)}/:generateToken`, { userId: settings.user });
      await trial.connect(settings, token);
    } catch (error) {
      setProblem(error.message);
    }
    setBusy(false);
  }

  const { client, entries } = trial;
  return html`
    <header><h1>Test client</h1><p>Connect to a hub as anyone, and call its methods</p></header>
    <section class="card" aria-labelledby="connect-title">
      <header>
        <h2 id="connect-title">Connection</h2>
        <span class=${`badge ${client ? 'good' : ''}`} role="status">${client ? 'connected' : busy ? 'connecting' : 'not connected'}</span>
        ${client && html`<a class="right small" href=${link('trace', null, { connection: client.id })}>Watch it in the live trace</a>`}
      </header>
      <div class="body">
        <${ConnectForm} form=${form} hubs=${gateway.overview.now?.hubs ?? []} isConnected=${client !== null} busy=${busy}
                        onChange=${setForm} onConnect=${connect} onDisconnect=${() => client.disconnect()} />
        <p class="error" role="alert">${problem}</p>
      </div>
    </section>
    <section class="card" aria-labelledby="call-title">
      <header><h2 id="call-title">Call</h2></header>
      <div class="body"><${CallForm} client=${client} hub=${form.hub} user=${form.user} /></div>
    </section>
    <${Log} entries=${entries} onClear=${() => trial.clear()} />`;
}

// The last connection's settings; before the first, those of the shipped chat, or of a hub of another app that uses this gateway.
function formOf(hub, settings, hubs) {
  const other = hubs.some((one) => one.hub === first.hub) ? undefined : hubs[0]?.hub;
  return {
    user: first.user,
    transport: 'webSockets',
    protocol: 'json',
    diagnostic: false,
    ...settings,
    hub: hub ?? settings?.hub ?? other ?? first.hub,
  };
}
