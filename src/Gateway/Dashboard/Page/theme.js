// Light, dark, or the system's theme.

const storageKey = 'gateway-dashboard-theme';
const order = ['system', 'light', 'dark'];

export function theme() {
  const kept = localStorage.getItem(storageKey);
  return order.includes(kept) ? kept : 'system';
}

export function nextTheme() {
  const next = order[(order.indexOf(theme()) + 1) % order.length];
  localStorage.setItem(storageKey, next);
  applyTheme();
  return next;
}

export function applyTheme() {
  document.documentElement.dataset.theme = theme();
}
