// From page to page of a list.

import { html } from '../lib/standalone.module.js';

export function Pager({ pages, what }) {
  return (pages.next || pages.previous) && html`
    <nav class="pager" aria-label=${`Pages of ${what}`}>
      <button type="button" class="button quiet" disabled=${!pages.previous} onClick=${pages.previous}>Previous</button>
      <span class="soft small">page ${pages.number}</span>
      <button type="button" class="button quiet" disabled=${!pages.next} onClick=${pages.next}>Next</button>
    </nav>`;
}
