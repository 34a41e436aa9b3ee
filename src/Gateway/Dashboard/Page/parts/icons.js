// Line drawings of 24 by 24, in the colour of the text beside them.

import { html } from '../lib/standalone.module.js';

const paths = {
  pulse: 'M3 12h4l3-8 4 16 3-8h4',
  people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 4.3a3.5 3.5 0 0 1 0 6.4M18.5 14.6c1.9.9 3 2.8 3 5.4',
  route: 'M5 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM19 22a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 5h8a4 4 0 0 1 0 8H8a4 4 0 0 0 0 8h5',
  terminal: 'M4 5h16v14H4zM8 10l3 2.5L8 15M13 15h4',
  envelope: 'M3 6h18v12H3zM3.5 7l8.5 6 8.5-6',
  fork: 'M6 3v18M6 12c7 0 12-1 12-7M14 8l4-4 3 4',
  door: 'M14 4H6v16h8M11 12h10M17 8l4 4-4 4',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M5 19l1.4-1.4M17.6 6.4L19 5',
  moon: 'M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z',
  halfMoon: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18M12 8h6.5M12 12h8M12 16h6.5',
  play: 'M7 4.5l12 7.5-12 7.5z',
  pause: 'M8 5v14M16 5v14',
  close: 'M6 6l12 12M18 6L6 18',
  back: 'M11 5l-7 7 7 7M4 12h16',
  send: 'M5 12h13M12 5l7 7-7 7',
};

export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${paths[name]} /></svg>`;
}

export function Logo() {
  return html`
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#5151cd" />
      <path d="M7 21l5-7 4 4 5-9 4 7" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round" />
    </svg>`;
}
