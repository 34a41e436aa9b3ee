// Live events of the gateway: a sample under high traffic, and in place the whole journey of one message.

import { html, useEffect, useRef, useState } from '../../lib/standalone.module.js';
import { useStream } from '../../feed/use-feed.js';
import { compact, rate } from '../../parts/format.js';
import { Icon } from '../../parts/icons.js';
import { Empty, Problem } from '../../parts/notes.js';
import { go } from '../../router.js';
import { TraceBuffer } from './buffer.js';
import { EventRow } from './event-row.js';
import { FilterForm, encodedFilter, filterOf, letsThrough } from './filter-form.js';
import { stepsOf } from './steps.js';

const rows = 80;
const drawEvery = 250;
const perSecond = 200;

export function Trace({ gateway, route }) {
  const all = useRef(new TraceBuffer()).current;
  const chosen = useRef(new TraceBuffer()).current;
  const [held, setHeld] = useState(null);
  const heldByFocus = useRef(false);
  const drawn = useRef([]);
  const section = useRef(null);
  const [open, setOpen] = useState(null);
  const [problem, setProblem] = useState('');
  const [, redraw] = useState(0);
  const { bodies, ...filter } = filterOf(route.query);
  const isFiltered = Object.keys(filter).length > 0;
  const buffer = isFiltered ? chosen : all;

  useEffect(() => {
    chosen.clear();
    resume();
  }, [JSON.stringify(filter)]);
  useEffect(clear, [bodies]);

  // Also receives events outside the filter: they are part of journeys, and past events cannot be requested later.
  useWatch(gateway.feed, { bodies }, all, setProblem);
  useWatch(gateway.feed, isFiltered && { ...filter, bodies }, chosen, setProblem);
  const encoded = encodedFilter(filter);
  useWatch(gateway.feed, encoded && { ...encoded, bodies }, chosen, setProblem);

  // Redraws less often than batches arrive: a reader cannot follow more.
  useEffect(() => {
    const timer = setInterval(() => redraw((turn) => turn + 1), drawEvery);
    return () => clearInterval(timer);
  }, []);

  function journeyOf(event) {
    if (event.number !== open) {
      return null;
    }
    const others = isFiltered ? all.events.filter((other) => !letsThrough(filter, other)) : [];
    return { steps: stepsOf(event, [...buffer.events, ...others]), sampledOneIn: isFiltered ? all.sampledOneIn : 1 };
  }

  // Holds the drawn events: new ones would push out a row that is about to be read.
  function hold() {
    heldByFocus.current = false;
    setHeld(held ?? drawn.current);
  }

  // A row with the focus must not move away, nor take the focus with it.
  function focusIn() {
    if (held === null) {
      hold();
      heldByFocus.current = true;
    }
  }

  // Ignores the buttons above the list: they hold and resume themselves. Without a next element the window has lost the focus, not the row.
  function focusOut({ relatedTarget }) {
    if (heldByFocus.current && open === null && relatedTarget && !section.current.contains(relatedTarget)) {
      resume();
    }
  }

  function resume() {
    heldByFocus.current = false;
    setHeld(null);
    setOpen(null);
  }

  function clear() {
    all.clear();
    chosen.clear();
    resume();
  }

  function toggle(event) {
    hold(); // a row that is being read must not move
    setOpen(open === event.number ? null : event.number);
  }

  const list = held ?? buffer.latest(rows);
  drawn.current = list;
  const since = held && buffer.events.length > 0 ? buffer.events.at(-1).number - (held[0]?.number ?? -1) : 0;
  return html`
    <header><h1>Live trace</h1><p>Events of connections, messages and upstream calls, as they happen</p></header>
    ${problem && html`<${Problem} title="The trace has ended." detail=${problem} />`}
    <section class="card" aria-label="Filter">
      <div class="body"><${FilterForm} query=${route.query} hubs=${gateway.overview.now?.hubs ?? []}
        onChange=${(query) => go('trace', null, query)} /></div>
    </section>
    <section class="card" aria-labelledby="events-title" ref=${section} onBlurCapture=${focusOut}>
      <header>
        <h2 id="events-title">Events</h2>
        <span class="soft small figures">${rate(buffer.perSecond)}/s${buffer.sampledOneIn > 1 && `, one message in ${buffer.sampledOneIn} is shown`}${buffer.omitted > 0 && `, ${compact(buffer.omitted)} left out`}</span>
        <div class="actions right">
          ${since > 0 && html`<span class="soft small figures">${compact(since)} new</span>`}
          <button type="button" class="button" aria-pressed=${String(held !== null)} onClick=${held ? resume : hold}>
            <${Icon} name=${held ? 'play' : 'pause'} />${held ? 'Resume' : 'Pause'}
          </button>
          <button type="button" class="button quiet" onClick=${clear}>Clear</button>
        </div>
      </header>
      ${list.length === 0
        ? html`<${Empty} icon="route" title="No events yet">
            Events appear as soon as a client connects, calls or receives a message${Object.keys(route.query).length > 0 && ' that the filter lets through'}.
            The test client creates some.
          </${Empty}>`
        : html`<ol class="events" aria-labelledby="events-title" onFocusCapture=${focusIn}>${list.map((event) => html`
            <${EventRow} key=${event.number} event=${event} journey=${journeyOf(event)} onToggle=${toggle} />`)}</ol>`}
    </section>`;
}

function useWatch(feed, filter, buffer, setProblem) {
  useStream(feed, filter ? 'watch' : null, [{ ...filter, perSecond }], {
    began: () => setProblem(''),
    next: (batch) => buffer.take(batch),
    failed: setProblem,
  }, [JSON.stringify(filter)]);
}
