// The events of one journey: a message's own, and those of the trace that its call began, which has a message of its own for each
// REST call. Some events have only one of the two ids.

export function stepsOf(event, events) {
  const messages = new Set();
  const traces = new Set();
  let steps = [event];
  for (let known = -1; known < messages.size + traces.size;) {
    known = messages.size + traces.size;
    for (const { tracingId, traceId } of steps) {
      if (tracingId) messages.add(tracingId);
      if (traceId) traces.add(traceId);
    }
    steps = events.filter((other) => messages.has(other.tracingId) || traces.has(other.traceId));
  }
  return [...new Set([event, ...steps])]
    .map((step) => ({ step, time: Date.parse(step.time), rest: restOf(step.time) }))
    .sort((one, other) => one.time - other.time || one.rest - other.rest)
    .map(({ step }) => step);
}

// The digits of a time beyond milliseconds, which a Date does not keep.
function restOf(time) {
  return Number(`0.${/\.\d{3}(\d+)/.exec(time)?.[1] ?? 0}`);
}
