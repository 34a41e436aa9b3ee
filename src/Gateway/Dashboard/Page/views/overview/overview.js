// The state of the gateway at a glance: figures, lines over time, upstreams, nodes.

import { html } from '../../lib/standalone.module.js';
import { usePolling, useRedraw } from '../../feed/use-feed.js';
import { Chart } from '../../parts/chart.js';
import { bytes, compact, count, rate, sinceOf, timeOf } from '../../parts/format.js';
import { Empty } from '../../parts/notes.js';
import { HubList } from './hub-list.js';
import { Nodes } from './nodes.js';
import { Tile } from './tile.js';
import { Units } from './units.js';
import { Upstreams } from './upstreams.js';

const usageEvery = 15_000;

export function Overview({ gateway }) {
  const { api, overview } = gateway;
  useRedraw(overview);
  const usage = usePolling(() => api.get('usage'), usageEvery);
  const templates = usePolling(() => api.get('templates'), 30_000);
  const { now } = overview;
  if (!now) {
    return html`<header><h1>Overview</h1></header><div class="card"><${Empty} icon="pulse" title="Waiting for the first figures">They arrive once a second.</${Empty}></div>`;
  }

  const connections = now.nodes.reduce((sum, node) => sum + node.connections, 0);
  const peak = Math.max(...(usage.value?.usage.map((line) => line.connectionsPeak) ?? [0]), connections);
  const errors = now.upstream.reduce((sum, of) => sum + of.errors, 0);
  const { messages, slowConsumers: slow, unitsToday: units } = now;
  return html`
    <header><h1>Overview</h1><p>${now.nodes.length === 1 ? 'One node' : `${now.nodes.length} nodes`}, ${now.hubs.length === 1 ? 'one hub' : `${now.hubs.length} hubs`}</p></header>
    <dl class="tiles">
      <${Tile} name="Connections" value=${compact(connections)} note=${`peak today ${compact(peak)}`} spark=${overview.connections} />
      <${Tile} name="Messages in" value=${rate(messages.receivedPerSecond)} unit="/s" note=${`${bytes(messages.bytesReceivedPerSecond)}/s`} spark=${overview.received} />
      <${Tile} name="Messages out" value=${rate(messages.sentPerSecond)} unit="/s" note=${`${bytes(messages.bytesSentPerSecond)}/s`} spark=${overview.sent} />
      <${Tile} name="Units today" value=${units ? compact(units.total) : '–'} 
               note=${units ? html`since ${sinceOf(now.unitsSince)}<br />${compact(units.client)} clients, ${compact(units.upstream)} upstream, ${compact(units.liveTrace)} live trace` : 'the usage store is unavailable'} />
      <${Tile} name="Upstream errors" value=${compact(errors)} tone=${now.upstream.some((of) => of.errorsPerSecond > 0) ? 'bad' : ''}
               note=${`of ${compact(now.upstream.reduce((sum, of) => sum + of.calls, 0))} calls`} />
      <${Tile} name="Slow consumers" value=${count(slow.blocked)} unit="now" tone=${slow.blocked ? 'warn' : ''}
               note=${`${count(slow.closed)} closed, ${bytes(slow.bytesWaiting)} queued`} />
    </dl>
    <div class="columns">
      <section class="card" aria-labelledby="connections-title">
        <header><h2 id="connections-title">Connections</h2></header>
        <div class="body">
          <${Chart} title="Connections over time" times=${overview.times} format=${compact} timeFormat=${timeOf}
                    series=${[{ name: 'Connections', tone: 'first', values: overview.connections }]} />
        </div>
      </section>
      <section class="card" aria-labelledby="messages-title">
        <header><h2 id="messages-title">Messages per second</h2></header>
        <div class="body">
          <${Chart} title="Messages per second over time" times=${overview.times} format=${rate} timeFormat=${timeOf}
                    series=${[{ name: 'Out, to clients', tone: 'first', values: overview.sent }, { name: 'In, from clients', tone: 'second', values: overview.received }]} />
        </div>
      </section>
    </div>
    <${Upstreams} upstreams=${now.upstream} templates=${templates.value?.value} />
    <div class="columns">
      <${HubList} hubs=${now.hubs} />
      <${Units} usage=${usage} since=${now.unitsSince} />
    </div>
    <${Nodes} nodes=${now.nodes} viewers=${now.viewers} />`;
}
