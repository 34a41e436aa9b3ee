// Starts the page: the shell with its views after sign-in, the sign-in form before.

import { html, render, useEffect, useState } from './lib/standalone.module.js';
import { Api } from './session/api.js';
import { Session } from './session/session.js';
import { SignIn } from './session/sign-in.js';
import { Feed } from './feed/feed.js';
import { useRedraw } from './feed/use-feed.js';
import { OverviewFeed } from './feed/overview.js';
import { Shell } from './shell.js';

function App({ session }) {
  useRedraw(session);
  return session.isSignedIn ? html`<${SignedIn} session=${session} />` : html`<${SignIn} session=${session} />`;
}

function SignedIn({ session }) {
  const [gateway, setGateway] = useState(null);
  useEffect(() => {
    const feed = new Feed(session);
    feed.start();
    setGateway({ session, feed, api: new Api(session), overview: new OverviewFeed(feed) });
    return () => feed.stop();
  }, []);
  return gateway && html`<${Shell} gateway=${gateway} />`;
}

const session = new Session();
await session.open();
render(html`<${App} session=${session} />`, document.getElementById('app'));
