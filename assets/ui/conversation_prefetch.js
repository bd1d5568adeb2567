// Fetches the messages that a conversation opens with as soon as its link is pressed, while the page opens.

import { BASE, pagePath } from "./base.js";

/** @typedef {Record<string, { parts: { type: string }[], reasoning?: string, version?: string }>} Found messages by their ids */

const MAX_AGE = 5000; // ms after which what was fetched is out of date
const MOST_TAKEN = 500; // conversations
const MAX_AGE_OF_EARLY = 30_000; // ms since the page began to load; on a slow line its scripts take many seconds

/** @type {{ address: string, until: number, found: Promise<Found> } | null} */
let latest = null; // at first, what early_text.js has fetched
if (typeof window !== "undefined" && window.earlyMessages)
  latest = { ...window.earlyMessages, until: MAX_AGE_OF_EARLY };

/** @type {Set<string>} */
const taken = new Set(); // addresses whose messages the page has; what is new there it asks for

/**
 * The address of the messages that a link opens; null for a link to another page.
 *
 * @param {string} href
 */
export function messagesAddress(href) {
  const { pathname, searchParams } = new URL(href);
  const id = /^\/c\/([\w-]+)\/?$/.exec(pagePath(pathname))?.[1];
  const around = encodeURIComponent(searchParams.get("message") ?? "");
  return id ? `${BASE}/api/conversations/${id}/messages?around=${around}` : null;
}

/**
 * Fetches messages once, unless they were fetched in the last seconds or the page has them.
 *
 * @param {string} address
 */
export function prefetchMessages(address) {
  const now = performance.now();
  if (taken.has(address) || (latest?.address === address && now < latest.until)) return;
  const found = fetch(address)
    .then((response) => (response.ok ? response.json() : {}))
    .catch(() => ({})); // the page asks for what is missing, and says what fails
  latest = { address, until: now + MAX_AGE, found };
}

/** @param {Event} event */
function fetchPressed(event) {
  const link = event.target instanceof Element && event.target.closest("a");
  const address = link && link.origin === location.origin && messagesAddress(link.href);
  if (address) prefetchMessages(address);
}

/** Listens for presses of links; returns a function that stops. */
export function prefetchConversations() {
  const options = { capture: true, passive: true };
  const pressed = (/** @type {PointerEvent} */ event) => {
    if (event.pointerType === "mouse") fetchPressed(event); // a finger may only scroll
  };
  document.addEventListener("pointerdown", pressed, options);
  document.addEventListener("click", fetchPressed, options);
  return () => {
    document.removeEventListener("pointerdown", pressed, options);
    document.removeEventListener("click", fetchPressed, options);
  };
}

/**
 * What was fetched in the last seconds, for one use; empty if there is nothing.
 *
 * @returns {Promise<Found>}
 */
export async function takePrefetched() {
  const before = latest;
  latest = null;
  if (!before || performance.now() >= before.until) return {};
  if (taken.size === MOST_TAKEN) taken.clear();
  taken.add(before.address);
  return before.found;
}
