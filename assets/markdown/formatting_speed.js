// Estimates how much Markdown this computer can format in one frame, from the times measured so far.

const FRAME_BUDGET = 40; // ms of formatting per frame; with layout, below the 100 ms that users notice
const MIN_SPEED = 600; // cost per ms (markdown_pieces.js)
const MAX_SPEED = 4000;
const MIN_SAMPLE = 20_000; // smaller costs are ignored: the clock is too coarse and overhead dominates

/** The cost of the first frame of a message: about one screen. */
export const FIRST_STEP = 24_000;

let speed = MIN_SPEED; // until the first measurement

/** The cost of each further frame. */
export function stepCost() {
  return speed * FRAME_BUDGET;
}

/**
 * Records that formatting content of this cost took `ms`.
 *
 * @param {number} cost
 * @param {number} ms
 */
export function recordSpeed(cost, ms) {
  if (cost < MIN_SAMPLE) return;
  const measured = Math.min(MAX_SPEED, Math.max(MIN_SPEED, cost / Math.max(1, ms)));
  speed = Math.min(measured, (speed + measured) / 2); // a decrease applies at once, an increase gradually
}
