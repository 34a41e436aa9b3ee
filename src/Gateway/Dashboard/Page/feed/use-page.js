// A list of the admin API, page by page, requested again every few seconds.

import { useState } from '../lib/standalone.module.js';
import { usePolling } from './use-feed.js';

const every = 5000;
const pageSize = 50;

/**
 * Starts another query at its first page.
 * @returns {{ page, error, loading, number, refresh(): void, next(): void, previous(): void }} next and previous are undefined at the ends
 */
export function usePage(api, path, query = {}) {
  const list = JSON.stringify([path, query]);
  const [way, setWay] = useState({ list, tokens: [] });
  const tokens = way.list === list ? way.tokens : [];
  const asked = { ...query, maxpagesize: pageSize, continuationToken: tokens.at(-1) };
  const { value, error, loading, refresh } = usePolling(() => api.get(path, asked), every, [path, JSON.stringify(asked)]);
  const after = value?.nextLink && new URL(value.nextLink).searchParams.get('continuationToken');
  return {
    page: value,
    error,
    loading,
    refresh,
    number: tokens.length + 1,
    next: after ? () => setWay({ list, tokens: [...tokens, after] }) : undefined,
    previous: tokens.length > 0 ? () => setWay({ list, tokens: tokens.slice(0, -1) }) : undefined,
  };
}
