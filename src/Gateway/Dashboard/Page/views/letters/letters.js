// Events whose delivery failed for good, with actions to replay and delete them.

import { html, useEffect, useRef, useState } from '../../lib/standalone.module.js';
import { usePage } from '../../feed/use-page.js';
import { Button } from '../../parts/button.js';
import { Confirm } from '../../parts/confirm.js';
import { Pager } from '../../parts/pager.js';
import { count } from '../../parts/format.js';
import { Empty, Problem } from '../../parts/notes.js';
import { Search, Sortable, Table, useSort } from '../../parts/table.js';
import { link } from '../../router.js';
import { Row } from './row.js';

export function Letters({ gateway }) {
  const { api } = gateway;
  const [search, setSearch] = useState('');
  const sort = useSort();
  const pages = usePage(api, 'dead-letters', { search, orderby: sort.orderby });
  const [open, setOpen] = useState(null);
  const [outcome, setOutcome] = useState(null);
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(null);
  const said = useRef(null);
  const letters = pages.page?.value ?? [];

  // An action on a row removes the row, and the focus with it.
  useEffect(() => {
    if (outcome?.isGood) said.current.focus({ preventScroll: true });
  }, [outcome]);

  /** @param read returns the text for an answer, and whether the action succeeded */
  async function run(work, read) {
    setBusy(true);
    try {
      setOutcome(read(await work()));
    } catch (error) {
      setOutcome({ text: error.message, isGood: false });
    }
    setBusy(false);
    pages.refresh();
  }

  const replay = (letter) => run(
    () => api.post(`dead-letters/${letter.id}/:replay`),
    () => ({ text: `${letter.event} was accepted, and is no longer a dead letter.`, isGood: true }));
  const replayAll = (hub) => run(
    () => api.post('dead-letters/:replay', { hub }),
    ({ replayed, stoppedAt }) => (stoppedAt
      ? { text: `${count(replayed)} of ${hub} were accepted. Then ${stoppedAt.event} failed again: ${stoppedAt.reason}. It and those after it are kept.`, isGood: false }
      : { text: `${count(replayed)} of ${hub} were accepted.`, isGood: true }));
  const forget = (letter) => setAsking({
    title: `Delete ${letter.event}?`,
    action: 'Delete',
    detail: `The event of hub ${letter.hub} cannot be replayed afterwards.`,
    run: () => run(() => api.delete(`dead-letters/${letter.id}`), () => ({ text: `${letter.event} was deleted.`, isGood: true })),
  });
  const forgetAll = (hub) => setAsking({
    title: `Delete all of ${hub}?`,
    action: 'Delete all',
    detail: `Every dead letter of the hub ${hub} is deleted, including those that this page does not show. They cannot be replayed afterwards.`,
    run: () => run(() => api.delete('dead-letters', { hub }), ({ deleted }) => ({ text: `${count(deleted)} of ${hub} were deleted.`, isGood: true })),
  });

  function answer(confirmed) {
    setAsking(null);
    if (confirmed) asking.run();
  }

  return html`
    <header><h1>Dead letters</h1><p>Events that no upstream accepted, kept in order</p></header>
    ${pages.error && html`<${Problem} title="The list is not up to date." detail=${pages.error} />`}
    <p role="status" tabindex="-1" ref=${said} class=${outcome ? `card outcome ${outcome.isGood ? 'good' : 'bad'}` : 'hidden'}>${outcome?.text}</p>
    ${asking && html`<${Confirm} title=${asking.title} action=${asking.action} onAnswer=${answer}>${asking.detail}</${Confirm}>`}
    ${letters.length === 0 && !search && pages.number === 1
      ? html`<div class="card"><${Empty} icon="envelope" title=${pages.loading ? 'Loading' : 'No dead letters'}>
          An event is kept here when all attempts have failed and its template has <code>DeadLetter</code> set to true. The
          <a href=${link('templates')}>Templates</a> view shows which template that is.
        </${Empty}></div>`
      : html`
        <div class="actions">
          ${[...new Set(letters.map((letter) => letter.hub))].map((hub) => html`
            <${Button} key=${`replay ${hub}`} class="button" off=${busy} onClick=${() => replayAll(hub)}>Replay all of ${hub}</${Button}>
            <${Button} key=${`delete ${hub}`} class="button danger" off=${busy} onClick=${() => forgetAll(hub)}>Delete all of ${hub}</${Button}>`)}
        </div>
        <section class="card" aria-labelledby="letters-title">
          <header>
            <h2 id="letters-title">Letters</h2>
            <div class="right"><${Search} id="letters-search" label="Search dead letters" value=${search} onInput=${setSearch} /></div>
          </header>
          ${letters.length === 0
            ? html`<${Empty} icon="envelope" title=${`No dead letter matches “${search}”`}>Events, hubs, reasons and ids are searched.</${Empty}>`
            : html`<${Table} labelledby="letters-title">
                <thead><tr>
                  <${Sortable} sort=${sort} field="event">Event</${Sortable}><${Sortable} sort=${sort} field="hub" class="desk">Hub</${Sortable}>
                  <${Sortable} sort=${sort} field="reason">Reason</${Sortable}><${Sortable} sort=${sort} field="attempts" number class="desk">Attempts</${Sortable}>
                  <${Sortable} sort=${sort} field="failedAt" class="desk">Failed</${Sortable}>
                  <th scope="col"><span class="hidden">Actions</span></th>
                </tr></thead>
                <tbody>${letters.map((letter) => html`
                  <${Row} key=${letter.id} api=${api} letter=${letter} busy=${busy} isOpen=${open === letter.id}
                          onToggle=${() => setOpen(open === letter.id ? null : letter.id)}
                          onReplay=${() => replay(letter)} onForget=${() => forget(letter)} />`)}
                </tbody>
              </${Table}>`}
          <${Pager} pages=${pages} what="dead letters" />
        </section>`}`;
}
