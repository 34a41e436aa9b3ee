// The path of one message or call through the gateway: each step, its time after the first, and its details.

import { html } from '../../lib/standalone.module.js';
import { bytes, count, milliseconds, preciseTimeOf } from '../../parts/format.js';
import { shownName } from '../../parts/names.js';
import { link } from '../../router.js';

const mostSteps = 60;

export function Journey({ event, steps, sampledOneIn }) {
  const began = Date.parse(steps[0].time);
  return html`
    <div class="journey">
      <h3>${event.tracingId ? `Journey of ${event.target ?? 'this message'}` : 'This event'}</h3>
      <ol>${steps.slice(0, mostSteps).map((step) => html`
        <li class=${step === event ? 'here' : ''}>
          <span class="after mono soft" title=${preciseTimeOf(step.time)}>+${Date.parse(step.time) - began} ms</span>
          <div>
            <strong class=${{ Warning: 'warn', Error: 'bad', Critical: 'bad' }[step.level] ?? ''}>${step.event}</strong> ${step.message}
            <${Facts} step=${step} />
            ${step.body && html`<pre class="block" tabindex="0" aria-label="Body">${step.body.text}${step.body.isCut && ` … (${bytes(step.body.bytes)})`}</pre>`}
          </div>
        </li>`)}
      </ol>
      ${steps.length > mostSteps && html`<p class="soft small">and ${count(steps.length - mostSteps)} more steps</p>`}
      ${sampledOneIn > 1 && html`<p class="soft small">Traffic is high: steps outside the filter are recorded for one message in ${sampledOneIn}.</p>`}
      <p class="soft small">
        ${event.tracingId && html`Tracing id <span class="mono">${event.tracingId}</span>. `}
        ${event.traceId && html`Distributed trace <span class="mono">${event.traceId}</span>. `}
        ${event.connectionId && html`<a href=${link('trace', null, { connection: event.connectionId })}>Only this connection</a>`}
      </p>
    </div>`;
}

function Facts({ step }) {
  const facts = [
    ['hub', step.hub],
    ['connection', step.connectionId],
    ['user', shownName(step.userId)],
    ['user id', shownName(step.userId) === step.userId ? undefined : step.userId],
    ['group', step.group],
    ['from', step.ip],
    ['over', step.transport],
    ['node', step.node],
    ['template', step.template],
    ['attempt', step.attempt],
    ['address', step.url],
    ['status', step.status],
    ['took', step.milliseconds === undefined ? undefined : milliseconds(step.milliseconds)],
    ['size', step.bytes === undefined ? undefined : bytes(step.bytes)],
    ['receivers', step.receivers],
    ['why', step.reason],
    ['exception', step.exception],
  ].filter(([, value]) => value !== undefined && value !== null && value !== '');
  return html`<dl class="facts">${facts.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
