// The template that would receive an event, and for each template why it matches or not.

import { html, useState } from '../../lib/standalone.module.js';

const events = { connections: ['connected', 'disconnected'], messages: [] };

export function Which({ api, hubs }) {
  const [form, setForm] = useState({ hub: hubs[0]?.hub ?? '', category: 'messages', event: '' });
  const [answer, setAnswer] = useState(null);
  const [error, setError] = useState('');
  const set = (name) => (event) => setForm({ ...form, [name]: event.target.value });

  async function ask(event) {
    event.preventDefault();
    try {
      setAnswer(await api.get('upstream', form));
      setError('');
    } catch (problem) {
      setAnswer(null);
      setError(problem.message);
    }
  }

  return html`
    <section class="card" aria-labelledby="which-title">
      <header><h2 id="which-title">Which one matches?</h2></header>
      <form class="body" onSubmit=${ask} autocomplete="off">
        <div class="fields">
          <div class="field">
            <label for="which-hub">Hub</label>
            <input id="which-hub" required value=${form.hub} onInput=${set('hub')} spellcheck=${false} autocapitalize="none" placeholder="chat" />
          </div>
          <div class="field">
            <label for="which-category">Category</label>
            <select id="which-category" onChange=${set('category')}>
              ${Object.keys(events).map((name) => html`<option key=${name} value=${name} selected=${name === form.category}>${name}</option>`)}
            </select>
          </div>
          <div class="field">
            <label for="which-event">Event</label>
            <input id="which-event" required value=${form.event} onInput=${set('event')} list="which-events" spellcheck=${false} autocapitalize="none"
                   placeholder=${form.category === 'messages' ? 'a hub method' : 'connected'} />
            <datalist id="which-events">${events[form.category].map((name) => html`<option key=${name} value=${name} />`)}</datalist>
          </div>
          <button class="button primary">Check</button>
        </div>
        <p class="error" role="alert">${error}</p>
        <div role="status">${answer && html`<${Answer} answer=${answer} />`}</div>
      </form>
    </section>`;
}

function Answer({ answer }) {
  return html`
    <div class="answer">
      <p><strong class=${answer.template === null || answer.circuitOpen ? 'warn' : 'good'}>${answer.answer}</strong></p>
      ${answer.url && html`<p class="mono soft">${answer.url}</p>`}
      <ol class="reasons">${answer.templates.map(({ template, matches, why }) => html`
        <li key=${template}><span class=${`badge ${matches ? 'good' : ''}`}>${matches ? 'matches' : 'does not match'}</span> <span>template ${template}${why && `: ${why}`}</span></li>`)}
      </ol>
    </div>`;
}
