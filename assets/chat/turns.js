// Lets a few tasks run at a time.

/**
 * A function that runs tasks, at most `most` of them at once, in the order of its calls.
 *
 * @param {number} most
 */
export function turns(most) {
  let running = 0;
  /** @type {(() => void)[]} */
  const waiting = [];
  const next = () => {
    running -= 1;
    waiting.shift()?.();
  };
  /**
   * @template T
   * @param {() => Promise<T>} task
   * @returns {Promise<T>}
   */
  return async (task) => {
    if (running >= most) await new Promise((resolve) => waiting.push(() => resolve(undefined)));
    running += 1;
    try {
      return await task();
    } finally {
      next();
    }
  };
}
