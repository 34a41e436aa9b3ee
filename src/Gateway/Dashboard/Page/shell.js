// The frame around every view: the bar, the navigation, the current problem, and the view itself.

import { html, useEffect, useRef, useState } from './lib/standalone.module.js';
import { useFeedState } from './feed/use-feed.js';
import { Icon, Logo } from './parts/icons.js';
import { Problem } from './parts/notes.js';
import { link, useRoute } from './router.js';
import { applyTheme, nextTheme, theme } from './theme.js';
import { Client } from './views/client/client.js';
import { Hubs } from './views/hubs/hubs.js';
import { Letters } from './views/letters/letters.js';
import { Overview } from './views/overview/overview.js';
import { Templates } from './views/templates/templates.js';
import { Trace } from './views/trace/trace.js';

const views = [
  { name: 'overview', title: 'Overview', icon: 'pulse', view: Overview },
  { name: 'hubs', title: 'Hubs', icon: 'people', view: Hubs },
  { name: 'trace', title: 'Live trace', short: 'Trace', icon: 'route', view: Trace },
  { name: 'client', title: 'Test client', short: 'Client', icon: 'terminal', view: Client },
  { name: 'letters', title: 'Dead letters', short: 'Letters', icon: 'envelope', view: Letters },
  { name: 'templates', title: 'Templates', icon: 'fork', view: Templates },
];

applyTheme();

export function Shell({ gateway }) {
  const route = useRoute();
  const feed = useFeedState(gateway.feed);
  const main = useRef(null);
  const first = useRef(true);
  const current = views.find((view) => view.name === route.view) ?? views[0];

  // Another view is another page: it starts at its top, and a screen reader reads its title.
  useEffect(() => {
    document.title = `${current.title} · Gateway dashboard`;
    if (!first.current) {
      main.current.focus({ preventScroll: true });
      main.current.scrollTop = 0;
    }
    first.current = false;
  }, [current.name]);

  return html`
    <div class="shell">
      <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); main.current.focus(); }}>Skip to the content</a>
      <header class="bar">
        <div class="brand"><${Logo} /><span>Gateway</span></div>
        <p class="state" role="status" data-state=${feed.state}><span class="light" aria-hidden="true"></span>${feed.text}</p>
        <${ThemeButton} />
        <button type="button" class="button icon-only" title="Sign out" onClick=${() => gateway.session.signOut()}>
          <${Icon} name="door" /><span class="hidden">Sign out</span>
        </button>
      </header>
      <nav class="nav" aria-label="Views">
        <ul>${views.map((view) => html`
          <li><a href=${link(view.name)} aria-current=${view === current ? 'page' : undefined} aria-label=${view.title}>
            <${Icon} name=${view.icon} /><span class="long" aria-hidden="true">${view.title}</span><span class="short" aria-hidden="true">${view.short ?? view.title}</span>
          </a></li>`)}
        </ul>
      </nav>
      <main class="main" id="main" tabindex="-1" ref=${main} aria-label=${current.title}>
        <div class="view">
          ${feed.problem && html`<${Problem} ...${feed.problem} />`}
          <${current.view} key=${current.name} gateway=${gateway} route=${route} />
        </div>
      </main>
    </div>`;
}

function ThemeButton() {
  const [now, setNow] = useState(theme());
  const title = `Colours: ${now === 'system' ? 'as the system' : now}`;
  return html`
    <button type="button" class="button icon-only" title=${title} onClick=${() => setNow(nextTheme())}>
      <${Icon} name=${{ system: 'halfMoon', light: 'sun', dark: 'moon' }[now]} /><span class="hidden">${title}</span>
    </button>`;
}
