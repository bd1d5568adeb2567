// Spreads work over frames: one piece of it in each, so that the page answers in between.

/** @type {Set<() => void>} */
const waiting = new Set();
let frame = 0;

function run() {
  // After the paint, so that what is pressed meanwhile comes first.
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
 * Calls back in a frame of its own; returns a function that takes that back.
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
