// Hooks for components: the feed's state, its streams, and repeated requests to the admin API.

import { useEffect, useState } from '../lib/standalone.module.js';

/** Returns the feed's status, and redraws when it changes. */
export function useFeedState(feed) {
  useRedraw(feed);
  return feed.status;
}

/** Redraws the component whenever the source has changed. */
export function useRedraw(source) {
  const [, setTurn] = useState(0);
  useEffect(() => {
    const redraw = () => setTurn((turn) => turn + 1);
    const end = source.subscribe(redraw);
    redraw(); // it may have changed between drawing and subscribing
    return end;
  }, [source]);
}

/** Runs a stream while the component is mounted; none without a method. Restarts when one of the dependencies has changed. */
export function useStream(feed, method, args, observer, dependencies = []) {
  useEffect(() => (method ? feed.stream(method, args, observer) : undefined), [feed, method, ...dependencies]);
}

/**
 * Requests now and then every so many milliseconds, never twice at once.
 * @returns {{ value, error: string, loading: boolean, refresh(): void }} the last value stays while a later call fails
 */
export function usePolling(ask, milliseconds, dependencies = []) {
  const [turn, setTurn] = useState(0);
  const [state, setState] = useState({ value: undefined, error: '', loading: true });
  useEffect(() => {
    let timer;
    let wanted = true;
    async function run() {
      try {
        const value = await ask();
        if (wanted) setState({ value, error: '', loading: false });
      } catch (error) {
        if (wanted) setState((before) => ({ value: before.value, error: error.message, loading: false }));
      }
      if (wanted && milliseconds) timer = setTimeout(run, milliseconds);
    }
    run();
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [turn, ...dependencies]);
  return { ...state, refresh: () => setTurn((count) => count + 1) };
}
