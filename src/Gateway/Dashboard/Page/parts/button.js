// A button that keeps the focus while it is off: a disabled one would lose it, and a keyboard user would have to start over.

import { html } from '../lib/standalone.module.js';

/** @param {{ off: boolean }} off true while a press has no effect */
export function Button({ off = false, type = 'button', onClick, children, ...rest }) {
  function click(event) {
    if (off) {
      event.preventDefault(); // a form's submit
    } else {
      onClick?.(event);
    }
  }

  return html`<button type=${type} aria-disabled=${off ? 'true' : undefined} onClick=${click} ...${rest}>${children}</button>`;
}
