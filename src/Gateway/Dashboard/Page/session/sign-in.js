// The page before sign-in.

import { html, useState } from '../lib/standalone.module.js';
import { Button } from '../parts/button.js';
import { Logo } from '../parts/icons.js';

export function SignIn({ session }) {
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);

  async function submit(event) {
    event.preventDefault();
    const field = event.target.elements.secret;
    setBusy(true);
    const refusal = await session.signIn(field.value);
    if (refusal) {
      setBusy(false);
      setError(refusal);
      field.focus();
      field.select();
    }
  }

  return html`
    <main class="welcome">
      <form class="card" onSubmit=${submit} autocomplete="off">
        <div class="brand"><${Logo} /><h1>Gateway dashboard</h1></div>
        ${session.notice && html`<p class="problem" role="status">${session.notice}</p>`}
        <div class="field">
          <label for="secret">Access key, connection string, or token</label>
          <input id="secret" name="secret" type="password" required autofocus spellcheck=${false} aria-describedby="secret-hint secret-error" />
        </div>
        <p id="secret-error" class="error" role="alert">${error}</p>
        <${Button} type="submit" class="button primary" off=${busy}>${busy ? 'Signing in…' : 'Sign in'}</${Button}>
        <p id="secret-hint" class="soft small">
          A key stays in this page: the browser signs a token with it, good for an hour and for the admin API alone.
          With Entra ID, paste a token of someone who has the role <i>SignalR REST API Reader</i> or <i>Owner</i>.
        </p>
      </form>
    </main>`;
}
