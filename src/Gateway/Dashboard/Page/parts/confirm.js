// Asks before an action that cannot be undone. The focus starts on the harmless answer and returns to where it was.

import { html, useEffect, useRef } from '../lib/standalone.module.js';

/**
 * @param {string} title the action, as a question
 * @param {string} action the text of the button that confirms
 * @param {(confirmed: boolean) => void} onAnswer called once, when the dialog has closed
 */
export function Confirm({ title, action, onAnswer, children }) {
  const dialog = useRef(null);
  const harmless = useRef(null);
  useEffect(() => {
    dialog.current.showModal();
    harmless.current.focus();
  }, []);

  return html`
    <dialog ref=${dialog} class="card confirm" aria-labelledby="confirm-title" aria-describedby="confirm-detail"
            onClose=${() => onAnswer(dialog.current.returnValue === 'yes')}>
      <h2 id="confirm-title">${title}</h2>
      <p id="confirm-detail">${children}</p>
      <div class="actions">
        <button type="button" class="button primary danger" onClick=${() => dialog.current.close('yes')}>${action}</button>
        <button type="button" class="button" ref=${harmless} onClick=${() => dialog.current.close('no')}>Cancel</button>
      </div>
    </dialog>`;
}
