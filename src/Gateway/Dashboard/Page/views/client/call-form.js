// The form for a call: method and arguments.

import { html, useState } from '../../lib/standalone.module.js';
import { Button } from '../../parts/button.js';
import { examplesOf } from './examples.js';

const ways = [
  { name: 'invoke', title: 'Invoke', hint: 'Waits for the result' },
  { name: 'send', title: 'Send', hint: 'Does not wait for an answer' },
  { name: 'stream', title: 'Stream', hint: 'Shows each item as it arrives' },
];

export function CallForm({ client, hub, user }) {
  const examples = examplesOf(hub, user);
  const [written, setWritten] = useState(null); // null until the user types
  const { target, text } = written ?? examples[0] ?? { target: '', text: '' };
  const [error, setError] = useState('');

  function fill(example) {
    setWritten({ target: example.target, text: example.text });
    setError('');
  }

  function call(way) {
    const args = argumentsOf(text);
    if (!target.trim()) {
      setError('Write the name of the method to call.');
    } else if (args === null) {
      setError('The arguments are not a JSON array. Write one such as ["lobby", 42, {"x": 1}], or leave them empty.');
    } else {
      setError('');
      client[way](target.trim(), args);
    }
  }

  return html`
    <form onSubmit=${(event) => { event.preventDefault(); call('invoke'); }} autocomplete="off">
      <div class="fields">
        <div class="field">
          <label for="target">Method</label>
          <input id="target" value=${target} onInput=${(event) => setWritten({ target: event.target.value, text })} spellcheck=${false} autocapitalize="none" placeholder="Say" />
        </div>
        <div class="field wide">
          <label for="arguments">Arguments, a JSON array</label>
          <textarea id="arguments" rows="2" value=${text} onInput=${(event) => setWritten({ target, text: event.target.value })} spellcheck=${false}
                    aria-describedby="call-error" placeholder='["lobby", "Hello"]'></textarea>
        </div>
      </div>
      <div class="actions spread">
        ${ways.map(({ name, title, hint }) => html`
          <${Button} key=${name} type=${name === 'invoke' ? 'submit' : 'button'} class=${`button ${name === 'invoke' ? 'primary' : ''}`} title=${hint} off=${!client}
                     onClick=${name === 'invoke' ? undefined : () => call(name)}>${title}</${Button}>`)}
        ${!client && html`<span class="soft small">Connect first.</span>`}
      </div>
      ${examples.length > 0 && html`
        <p class="soft small examples">The chat that ships with the gateway accepts, for example:
          ${examples.map((example, i) => html`${i > 0 && ','} <button key=${example.title} type="button" class="link" onClick=${() => fill(example)}>${example.title}</button>`)}.
        </p>`}
      <p id="call-error" class="error" role="alert">${error}</p>
    </form>`;
}

function argumentsOf(text) {
  if (!text.trim()) {
    return [];
  }
  try {
    const value = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
