// How much Markdown this computer formats in one frame, learnt from what it has formatted.

const STEP = 40; // ms of formatting in a frame; with the layout it stays below the 100 that a person notices
const SLOWEST = 600; // cost a ms (markdown_pieces.js)
const FASTEST = 4000;
const TELLING = 20_000; // a smaller cost says nothing: the clock is too coarse, and much is overhead

/** The cost of what a message formats at once: about a screenful. */
export const FIRST_STEP = 24_000;

let speed = SLOWEST; // a page that was just loaded

/** The cost of what is formatted in each further frame. */
export function stepCost() {
  return speed * STEP;
}

/**
 * Says how many `ms` the formatting of so much took.
 *
 * @param {number} cost
 * @param {number} ms
 */
export function noteSpeed(cost, ms) {
  if (cost < TELLING) return;
  const seen = Math.min(FASTEST, Math.max(SLOWEST, cost / Math.max(1, ms)));
  speed = Math.min(seen, (speed + seen) / 2); // slower at once, faster step by step
}
