// Formats numbers, sizes and times for people.

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const clockMs = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 });
const utcClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

export const count = (value) => (value === null || value === undefined ? '–' : whole.format(value));
export const compact = (value) => (Math.abs(value) < 100_000 ? whole.format(value) : short.format(value));
export const rate = (value) => (value > 0 && value < 10 ? value.toFixed(1) : compact(Math.round(value)));
export const percent = (share) => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
export const timeOf = (moment) => clock.format(new Date(moment));
export const preciseTimeOf = (moment) => clockMs.format(new Date(moment));
export const dateOf = (moment) => day.format(new Date(moment));

/** The start of a day's figures: 00:00 UTC, or the start of the gateway. */
export function sinceOf(moment) {
  const time = moment ? new Date(moment) : null;
  const isMidnight = !time || time.getTime() % 86_400_000 === 0;
  return isMidnight ? '00:00 UTC' : `${utcClock.format(time)} UTC, the gateway’s start`;
}

export function bytes(value) {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let step = 0;
  for (; value >= 1000 && step < units.length - 1; step++) {
    value /= 1024;
  }
  return `${value < 10 && step > 0 ? value.toFixed(1) : Math.round(value)} ${units[step]}`;
}

export function milliseconds(value) {
  if (value === null || value === undefined) {
    return '–';
  }
  return value < 10 ? `${value.toFixed(1)} ms` : value < 10_000 ? `${whole.format(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}

export function duration(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  return days ? `${days} d ${hours} h` : hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min` : `${seconds} s`;
}
