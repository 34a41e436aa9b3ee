// Moves between the pages of a list.

import { html } from '../lib/standalone.module.js';
import { Button } from './button.js';

export function Pager({ pages, what }) {
  return (pages.next || pages.previous) && html`
    <nav class="pager" aria-label=${`Pages of ${what}`}>
      <${Button} class="button quiet" off=${!pages.previous} onClick=${pages.previous}>Previous</${Button}>
      <span class="soft small">page ${pages.number}</span>
      <${Button} class="button quiet" off=${!pages.next} onClick=${pages.next}>Next</${Button}>
    </nav>`;
}
