// One figure: its name, its value and a note.

import { html } from '../../lib/standalone.module.js';
import { Spark } from '../../parts/chart.js';

export function Tile({ name, value, unit, note, tone, spark }) {
  return html`
    <div class="card tile">
      <dt>${name}</dt>
      <dd class=${`value ${tone ?? ''}`}>${value}${unit && html` <span class="unit">${unit}</span>`}</dd>
      <dd class="note">${note}</dd>
      ${spark && html`<dd><${Spark} values=${spark} /></dd>`}
    </div>`;
}
