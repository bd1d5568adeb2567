// Whether the server has refused this browser because its session has ended.

let signedOut = false;

/** @type {Set<() => void>} */
const listeners = new Set();

export const isSignedOut = () => signedOut;

/** @param {boolean} next */
export function setSignedOut(next) {
  if (signedOut === next) return;
  signedOut = next;
  for (const listener of listeners) listener();
}

/**
 * Calls `listener` when `isSignedOut` has changed; returns a function that unsubscribes.
 *
 * @param {() => void} listener
 */
export function subscribeToSignedOut(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
