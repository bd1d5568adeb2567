// Work that can wait until the browser has nothing else to do.

const TIMEOUT = 500; // ms after which the work is done even if the browser is not idle

/**
 * Calls a function when the browser is idle; returns a function that prevents the call.
 *
 * @param {() => void} work
 */
export function whenIdle(work) {
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(work); // Safari has no idle callbacks
    return () => clearTimeout(timer);
  }
  const handle = window.requestIdleCallback(work, { timeout: TIMEOUT });
  return () => window.cancelIdleCallback(handle);
}
