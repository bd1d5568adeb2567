// Spreads work over frames, one task in each, so that the page stays responsive.

/** @type {Set<() => void>} */
const waiting = new Set();
let frame = 0;

function run() {
  // After the paint, so that pending input events are handled first.
  frame = requestAnimationFrame(() =>
    setTimeout(() => {
      const [next] = waiting;
      waiting.delete(next);
      next?.();
      if (waiting.size) run();
      else frame = 0;
    }),
  );
}

/**
 * Calls `callback` in a frame of its own; returns a function that cancels it.
 *
 * @param {() => void} callback
 */
export function nextFrame(callback) {
  const task = () => callback();
  waiting.add(task);
  if (!frame) run();
  return () => {
    waiting.delete(task);
  };
}
