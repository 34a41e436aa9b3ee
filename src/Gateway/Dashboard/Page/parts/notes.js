// Notes for an empty list or an error; each names the next step.

import { html } from '../lib/standalone.module.js';
import { Icon } from './icons.js';

export function Empty({ icon, title, children }) {
  return html`<div class="empty"><${Icon} name=${icon} /><strong>${title}</strong><p>${children}</p></div>`;
}

export function Problem({ title, detail, action, onAction }) {
  return html`
    <section class="problem" role="alert">
      <strong>${title}</strong> <span>${detail}</span>
      ${action && html`<button type="button" class="button" onClick=${onAction}>${action}</button>`}
    </section>`;
}
