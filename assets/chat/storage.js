// What the browser keeps for a person who is not connected. What its storage does not take, because it is
// full or forbidden, is kept in memory: it lives as long as the tab, and whoever subscribes is told.

/** @type {Map<string, string>} */
const memory = new Map(); // what is nowhere else

/** @type {Set<() => void>} */
const listeners = new Set();

/**
 * The browser asks whether the tab may be closed. Reflex, which lets its connection go at this event, must
 * not hear of it: the person may stay.
 *
 * @param {Event} event
 */
function warn(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/**
 * @param {string} key
 * @param {string} value
 */
function keepInMemory(key, value) {
  const before = memory.size > 0;
  if (value) memory.set(key, value);
  else memory.delete(key);
  const now = memory.size > 0;
  if (before === now) return;
  if (now) window.addEventListener("beforeunload", warn, true);
  else window.removeEventListener("beforeunload", warn, true);
  for (const listener of listeners) listener();
}

/** Whether something would be lost with this tab. */
export const isOnlyInThisTab = () => memory.size > 0;

/**
 * Calls back when the answer of `isOnlyInThisTab` has changed; returns a function that ends that.
 *
 * @param {() => void} listener
 */
export function watchStorage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * The value kept under a key, null where there is none.
 *
 * @param {string} key
 */
export function readStored(key) {
  const value = memory.get(key);
  if (value !== undefined) return value;
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * Keeps a value under a key; an empty one takes away what was there.
 *
 * @param {string} key
 * @param {string} value
 */
export function store(key, value) {
  let kept = !value;
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
    kept = !localStorage.lostWithTheTab; // what boot.js puts where storage is forbidden
  } catch {
    // full or forbidden
  }
  keepInMemory(key, kept ? "" : value);
}
