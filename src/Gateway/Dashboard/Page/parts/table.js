// Tables that sort by their column heads, and keep the focus in place while rows are added, removed and moved.

import { html, useLayoutEffect, useRef, useState } from '../lib/standalone.module.js';

/** @param {string} labelledby the id of its heading */
export function Table({ labelledby, label, children }) {
  const box = useRef(null);

  // A row that moves leaves the document for a moment, and the focus in it is lost.
  const focused = box.current?.contains(document.activeElement) ? document.activeElement : null;
  useLayoutEffect(() => {
    if (focused?.isConnected && focused !== document.activeElement) {
      focused.focus({ preventScroll: true });
    }
  });

  return html`<div class="table scroll-x" tabindex="0" role="group" aria-labelledby=${labelledby} aria-label=${label} ref=${box}><table>${children}</table></div>`;
}

/** @returns the state for Sortable and sorted; orderby is the parameter of the admin API */
export function useSort() {
  const [{ field, isDescending }, set] = useState({ field: null, isDescending: false });

  // First one direction, then the other, then the list's own order.
  function turn(next, firstIsDescending) {
    set(next !== field ? { field: next, isDescending: firstIsDescending }
      : isDescending === firstIsDescending ? { field, isDescending: !isDescending }
      : { field: null, isDescending: false });
  }

  return { field, isDescending, turn, orderby: field === null ? undefined : `${field}${isDescending ? ' desc' : ''}` };
}

/** The head of a column by which the list can be sorted; numbers start with the greatest. */
export function Sortable({ sort, field, number = false, class: classes = '', children }) {
  const is = sort.field === field;
  return html`
    <th scope="col" class=${`${number ? 'number' : ''} ${classes}`} aria-sort=${is ? (sort.isDescending ? 'descending' : 'ascending') : undefined}>
      <button type="button" class="sort" onClick=${() => sort.turn(field, number)}>${children}<span aria-hidden="true">${is ? (sort.isDescending ? '▼' : '▲') : ''}</span></button>
    </th>`;
}

/** Sorts a complete list. @param read returns a field's value of an item */
export function sorted(items, sort, read) {
  if (sort.field === null) {
    return items;
  }
  const value = read[sort.field];
  const sign = sort.isDescending ? -1 : 1;
  return [...items].sort((one, other) => sign * compare(value(one), value(other)));
}

/** The search field of a list. */
export function Search({ id, label, value, onInput }) {
  return html`
    <label class="hidden" for=${id}>${label}</label>
    <input id=${id} type="search" class="search" placeholder="Search…" value=${value} spellcheck=${false} autocapitalize="none"
           onInput=${(event) => onInput(event.target.value)} />`;
}

function compare(one, other) {
  return typeof one === 'number' ? one - (other ?? 0) : String(one ?? '').localeCompare(String(other ?? ''));
}
