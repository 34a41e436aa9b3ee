// The test client: connect to a hub as anyone, call its methods, see what comes back.

import { html, useEffect, useRef, useState } from '../../lib/standalone.module.js';
import { CallForm } from './call-form.js';
import { ConnectForm } from './connect-form.js';
import { Log } from './log.js';
import { TryOut } from './try-out.js';

const longestLog = 200;

// It goes on while other views are looked at.
let kept = { client: null, settings: null, entries: [], number: 0 };

export function Client({ gateway, route }) {
  const [, redraw] = useState(0);
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const mounted = useRef(true);
  const drawing = useRef(0);
  useEffect(() => () => {
    mounted.current = false;
    cancelAnimationFrame(drawing.current);
  }, []);

  // Many calls in one frame are drawn once.
  function draw() {
    if (mounted.current && !drawing.current) {
      drawing.current = requestAnimationFrame(() => {
        drawing.current = 0;
        redraw((turn) => turn + 1);
      });
    }
  }

  function tell(kind, title, detail) {
    kept.entries.unshift({ number: kept.number++, time: Date.now(), kind, title, detail });
    kept.entries.length = Math.min(kept.entries.length, longestLog);
    draw();
  }

  async function connect(settings) {
    setBusy(true);
    setProblem('');
    try {
      const { token } = await gateway.api.post(`hubs/${encodeURIComponent(settings.hub)}/:generateToken`, { userId: settings.user });
      const client = new TryOut({ ...settings, token }, tell, () => {
        if (kept.client === client) {
          kept.client = null;
          draw();
        }
      });
      await client.connect();
      kept.client = client;
      kept.settings = settings;
      tell('state', `Connected to ${settings.hub}`, client.id);
    } catch (error) {
      setProblem(error.message);
    }
    setBusy(false);
  }

  const { client, settings, entries } = kept;
  return html`
    <header><h1>Test client</h1><p>Connect to a hub as anyone, and call its methods</p></header>
    <section class="card" aria-labelledby="connect-title">
      <header>
        <h2 id="connect-title">Connection</h2>
        <span class=${`badge ${client ? 'good' : ''}`} role="status">${client ? 'connected' : busy ? 'connecting' : 'not connected'}</span>
        
      </header>
      <div class="body">
        <${ConnectForm} hub=${route.item} hubs=${gateway.overview.now?.hubs ?? []} settings=${settings} client=${client} busy=${busy}
                        onConnect=${connect} onDisconnect=${() => client.disconnect()} />
        <p class="error" role="alert">${problem}</p>
      </div>
    </section>
    <section class="card" aria-labelledby="call-title">
      <header><h2 id="call-title">Call</h2></header>
      <div class="body"><${CallForm} client=${client} /></div>
    </section>
    <${Log} entries=${entries} onClear=${() => { kept.entries = []; draw(); }} />`;
}
