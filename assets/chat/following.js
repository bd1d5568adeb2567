// Auto-scroll: the list of messages follows the end of the answer unless the reader has scrolled up.
//
// After that, only the reader turns following on again: by scrolling to the end (wheel, touch, key or
// scrollbar), with the button, or by sending a message. Scroll events because the list became shorter are
// ignored.

/**
 * The properties of the scrolling element that are used here, in px.
 *
 * @typedef {{ scrollTop: number, scrollHeight: number, clientHeight: number }} Scroller
 */

/**
 * The scroll position and the height of the content, in px.
 *
 * @typedef {{ top: number, height: number }} Position
 */

/**
 * The time of the reader's last scroll input, and whether the scrollbar is being dragged.
 *
 * @typedef {{ at: number, held: boolean }} Gesture
 */

const END_TOLERANCE = 48; // px from the end that count as at the end
const GESTURE_WINDOW = 1000; // ms after an input in which scrolling is attributed to the reader
const NEAR_TOP = 600; // px from the top at which older messages are loaded
const NEAR_BOTTOM = 600; // px from the bottom at which newer messages are loaded

/**
 * The current position of the scrolling element.
 *
 * @param {Scroller} scroller
 * @returns {Position}
 */
export const positionOf = ({ scrollTop, scrollHeight }) => ({ top: scrollTop, height: scrollHeight });

/**
 * Interprets a scroll event. `follow`: whether to follow from now on, `undefined` for no change. `resized`:
 * whether the height of the content changed. `shortened`: whether it shrank so that the browser moved the
 * scroll position to the end. `scrolled`: the distance in px.
 *
 * @param {Scroller} scroller
 * @param {Position} before
 * @param {Gesture} gesture
 * @param {number} now in ms, from the same clock as `gesture.at`
 */
export function interpretScroll(scroller, before, gesture, now) {
  const fromEnd = scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;
  const byReader = gesture.held || now - gesture.at < GESTURE_WINDOW;
  const shortened = scroller.scrollHeight < before.height && fromEnd < 1;
  /** @type {boolean | undefined} */
  let follow;
  if (scroller.scrollTop < before.top - 2 && fromEnd > END_TOLERANCE) follow = false;
  else if (fromEnd <= END_TOLERANCE && byReader && !shortened) follow = true;
  const resized = scroller.scrollHeight !== before.height;
  return { follow, resized, shortened, scrolled: scroller.scrollTop - before.top };
}

/**
 * Whether to load older messages: the reader is close to the top, or what there is does not fill the screen.
 *
 * @param {Scroller} scroller
 * @param {boolean} following
 */
export const shouldLoadOlder = (scroller, following) =>
  following ? scroller.scrollHeight - scroller.clientHeight <= END_TOLERANCE : scroller.scrollTop < NEAR_TOP;

/**
 * Whether the reader is close enough to the bottom to load newer messages.
 *
 * @param {Scroller} scroller
 * @param {boolean} following
 */
export const shouldLoadNewer = (scroller, following) =>
  !following && scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop < NEAR_BOTTOM;
