// A button that keeps the focus while it cannot be pressed: a disabled one would lose it, and who uses the keyboard would start over.

import { html } from '../lib/standalone.module.js';

/** @param {{ off: boolean }} off whether it does nothing at the moment */
export function Button({ off = false, type = 'button', onClick, children, ...rest }) {
  function click(event) {
    if (off) {
      event.preventDefault(); // of a form
    } else {
      onClick?.(event);
    }
  }

  return html`<button type=${type} aria-disabled=${off ? 'true' : undefined} onClick=${click} ...${rest}>${children}</button>`;
}
