// Values stored in the browser, apart for each person who signs in here. A value that cannot be stored,
// because the storage is full or blocked, is kept in memory for the lifetime of the tab, and listeners are
// notified.

/** @type {Map<string, string>} */
const memory = new Map(); // values that could not be stored

/** @type {Set<() => void>} */
const listeners = new Set();

/**
 * Makes the browser ask for confirmation before the tab is closed. The event must not reach Reflex, which
 * would close its connection although the user may stay.
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

/** Whether closing this tab would lose values. */
export const isOnlyInThisTab = () => memory.size > 0;

/**
 * Calls `listener` when `isOnlyInThisTab` has changed; returns a function that unsubscribes.
 *
 * @param {() => void} listener
 */
export function subscribeToStorage(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const OF_LOCAL_OWNER = /^webchat\.(?:outbox|(?:draft|files)\.[^@]*)$/;
const TAKES_OVER = "webchat_takes_over";

/**
 * The value of one of the cookies that webchat/http/signing_in.py sets for scripts.
 *
 * @param {string} name
 */
const cookie = (name) => globalThis.document?.cookie?.match(`(?:^|;\\s*)${name}=(\\w+)`)?.[1];

/**
 * Gives what the local owner stored in this browser to the person whom setup has made of the local owner.
 *
 * @param {string} person
 */
function takeOver(person) {
  try {
    for (const key of Object.keys(localStorage).filter((key) => OF_LOCAL_OWNER.test(key))) {
      const value = /** @type {string} */ (localStorage.getItem(key));
      localStorage.removeItem(key); // first: a full storage has no room for both
      write(`${key}@${person}`, value);
    }
  } catch {
    // blocked
  }
  // biome-ignore lint/suspicious/noDocumentCookie: every browser has it, and it takes effect at once in all tabs
  document.cookie = `${TAKES_OVER}=; Path=/; Max-Age=0`;
}

/**
 * The key of whoever has signed in, so that one person's words are never sent as another's. The local owner has no
 * cookie.
 *
 * @param {string} key
 */
function ownKey(key) {
  const person = cookie("webchat_person");
  if (!person) return key;
  if (cookie(TAKES_OVER) === person) takeOver(person);
  return `${key}@${person}`;
}

/**
 * The value of a key, or null.
 *
 * @param {string} name
 */
export function readStored(name) {
  const key = ownKey(name);
  const value = memory.get(key);
  if (value !== undefined) return value;
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * Stores a value under a key; an empty value removes the key.
 *
 * @param {string} name
 * @param {string} value
 */
export function store(name, value) {
  write(ownKey(name), value);
}

/**
 * Stores a value that may get lost: without room for it nobody is asked whether to close the tab.
 *
 * @param {string} name
 * @param {string} value
 */
export function storeIfRoom(name, value) {
  try {
    localStorage.setItem(ownKey(name), value);
  } catch {
    // full or blocked
  }
}

/**
 * @param {string} key
 * @param {string} value
 */
function write(key, value) {
  let stored = !value;
  try {
    if (value) localStorage.setItem(key, value);
    else localStorage.removeItem(key);
    stored = !localStorage.inMemory; // the replacement set by boot.js
  } catch {
    // full or blocked
  }
  keepInMemory(key, stored ? "" : value);
}
