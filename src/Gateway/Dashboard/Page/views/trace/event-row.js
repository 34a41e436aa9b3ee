// One event in a line, and below it, when it is opened, the journey that contains it.

import { html } from '../../lib/standalone.module.js';
import { preciseTimeOf } from '../../parts/format.js';
import { Name } from '../../parts/names.js';
import { Journey } from './journey.js';

const tones = { Connectivity: 'connectivity', Messaging: 'messaging', HttpRequests: 'http' };
const words = { Connectivity: 'connection', Messaging: 'message', HttpRequests: 'HTTP' };

export function EventRow({ event, journey, onToggle }) {
  const isOpen = journey !== null;
  return html`
    <li class=${isOpen ? 'open' : ''}>
      <button type="button" class="event" aria-expanded=${String(isOpen)} onClick=${() => onToggle(event)}>
        <time class="mono soft">${preciseTimeOf(event.time)}</time>
        <span class=${`kind ${tones[event.category]}`}>${words[event.category] ?? event.category}</span>
        <span class=${`what ${levelOf(event)}`}><b>${event.event}</b> ${event.message}</span>
        <span class="whom soft"><${Name} id=${event.userId ?? ''} /> <span class="mono">${event.hub ?? ''}</span></span>
      </button>
      ${isOpen && html`<${Journey} event=${event} ...${journey} />`}
    </li>`;
}

function levelOf({ level }) {
  return { Warning: 'warn', Error: 'bad', Critical: 'bad' }[level] ?? '';
}
