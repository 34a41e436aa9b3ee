// The view on screen and its parameters, from the address after '#', such as #/hubs/chat?user=ann.

import { useEffect, useState } from './lib/standalone.module.js';

export function useRoute() {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const changed = () => setRoute(read());
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return route;
}

/** Builds an address of this page: link('hubs', 'chat', { user: 'ann' }). */
export function link(view, item, query) {
  const search = new URLSearchParams(Object.entries(query ?? {}).filter(([, value]) => value)).toString();
  return `#/${view}${item ? `/${encodeURIComponent(item)}` : ''}${search ? `?${search}` : ''}`;
}

export function go(...to) {
  location.hash = link(...to);
}

function read() {
  const [path, search] = location.hash.replace(/^#\/?/, '').split('?');
  const [view, item] = path.split('/').map(decodeURIComponent);
  return { view: view || 'overview', item, query: Object.fromEntries(new URLSearchParams(search)) };
}
