// Lines over time, with a value for each second. The drawing stretches with its box; its content is also described in words, and can be
// read with the pointer or the arrow keys.

import { html, useState } from '../lib/standalone.module.js';

const leastSeconds = 120;

/**
 * @param {string} title the content, for people who cannot see it
 * @param {{ name: string, tone: string, values: number[] }[]} series of equal length, oldest first
 * @param {number[]} times in milliseconds, one for each value
 * @param {(value: number) => string} format
 */
export function Chart({ title, series, times, format, timeFormat }) {
  const [at, setAt] = useState(null);
  const length = times.length;
  const missing = Math.max(0, leastSeconds - length); // lines grow from the right
  const span = length + missing;
  const end = times.at(-1) ?? Date.now();
  const top = niceTop(Math.max(0, ...series.flatMap(({ values }) => values)));
  const x = (i) => ((i + missing) / (span - 1)) * 100;
  const y = (value) => 100 - (value / top) * 100;
  const shown = at === null ? length - 1 : Math.min(at, length - 1);

  function point(event) {
    const box = event.currentTarget.getBoundingClientRect();
    const place = Math.round(((event.clientX - box.left) / box.width) * (span - 1)) - missing;
    setAt(Math.min(length - 1, Math.max(0, place)));
  }

  function press(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) {
      event.preventDefault();
      setAt(Math.min(length - 1, Math.max(0, shown + step)));
    } else if (event.key === 'Escape') {
      setAt(null);
    }
  }

  return html`
    <figure>
      <div class="chart">
        <div class="scale" aria-hidden="true"><span>${format(top)}</span><span>${format(top / 2)}</span><span>0</span></div>
        <div class="plot" tabindex="0" role="img" aria-label=${`${title}. ${summary(series, format)} Arrow keys read earlier values.`}
             onPointerMove=${point} onPointerLeave=${() => setAt(null)} onKeyDown=${press} onBlur=${() => setAt(null)}>
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            ${[0, 50, 100].map((line) => html`<path class="grid" d=${`M0 ${line}H100`} />`)}
            ${series.map(({ tone, values }, i) => html`
              <g class=${tone}>
                ${i === 0 && html`<path class="area" d=${areaOf(values, x, y)} />`}
                <path class="line" d=${pathOf(values, x, y)} />
              </g>`)}
            ${at !== null && html`<path class="cursor" d=${`M${x(shown)} 0V100`} />`}
          </svg>
        </div>
        <div class="times" aria-hidden="true"><span>${timeFormat(end - (span - 1) * 1000)}</span><span>${timeFormat(end)}</span></div>
      </div>
      <figcaption>
        <ul class="legend">
          ${series.map(({ name, tone, values }) => html`
            <li><span class=${`key ${tone}`} aria-hidden="true"></span>${name} <b>${format(values[shown] ?? 0)}</b></li>`)}
          ${at !== null && html`<li role="status">at ${timeFormat(times[shown])}</li>`}
        </ul>
      </figcaption>
    </figure>`;
}

/** A small line without axes, of the last two minutes. */
export function Spark({ values: all }) {
  const values = all.slice(-leastSeconds);
  const top = Math.max(1, ...values);
  const missing = leastSeconds - values.length;
  const x = (i) => ((i + missing) / (leastSeconds - 1)) * 100;
  return html`
    <svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
      <path d=${pathOf(values, x, (value) => 96 - (value / top) * 92)} />
    </svg>`;
}

const places = ['first', 'second', 'third'];

/** Columns of up to three parts, one upon the other. */
export function Bars({ title, bars, names, format }) {
  const top = niceTop(Math.max(0, ...bars.map(({ parts }) => sumOf(parts))));
  const width = 100 / bars.length;
  const [at, setAt] = useState(null);
  const shown = at === null ? null : bars[at];
  return html`
    <figure>
      <div class="chart">
        <div class="scale" aria-hidden="true"><span>${format(top)}</span><span>${format(top / 2)}</span><span>0</span></div>
        <div class="plot" role="img" aria-label=${title}>
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" onPointerLeave=${() => setAt(null)}>
            ${[0, 50, 100].map((line) => html`<path class="grid" d=${`M0 ${line}H100`} />`)}
            ${bars.map(({ parts }, i) => {
              const heights = parts.map((part) => (part / top) * 100);
              return html`
                <g onPointerEnter=${() => setAt(i)}>
                  <rect x=${i * width} y="0" width=${width} height="100" fill="transparent" />
                  ${heights.map((height, part) => html`
                    <rect class=${`bar ${places[part]}`} x=${i * width + width * 0.14} y=${100 - sumOf(heights.slice(0, part + 1))} width=${width * 0.72} height=${height} />`)}
                </g>`;
            })}
          </svg>
        </div>
        <div class="times" aria-hidden="true"><span>${bars[0].label}</span><span>${bars[Math.floor(bars.length / 2)].label}</span><span>${bars.at(-1).label}</span></div>
      </div>
      <figcaption>
        <ul class="legend">
          ${names.map((name, i) => html`
            <li><span class=${`key ${places[i]}`} aria-hidden="true"></span>${name}
              <b>${format(shown ? shown.parts[i] : bars.reduce((sum, { parts }) => sum + parts[i], 0))}</b></li>`)}
          <li>${shown ? shown.label : 'all day'}</li>
        </ul>
      </figcaption>
    </figure>`;
}

function sumOf(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}

// A round number: an axis that stays the same while its values move a little.
function niceTop(value) {
  if (value <= 4) {
    return 4;
  }
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].map((step) => step * power).find((top) => top >= value);
}

function pathOf(values, x, y) {
  return values.map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(2)} ${y(value).toFixed(2)}`).join('');
}

function areaOf(values, x, y) {
  return values.length === 0 ? '' : `${pathOf(values, x, y)}L100 100L${x(0).toFixed(2)} 100Z`;
}

function summary(series, format) {
  return series.map(({ name, values }) => (values.length === 0 ? `${name}: nothing yet.`
    : `${name}: now ${format(values.at(-1))}, lowest ${format(Math.min(...values))}, highest ${format(Math.max(...values))}.`)).join(' ');
}
