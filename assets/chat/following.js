// Whether the column of messages goes on to the latest words: it does unless the reader scrolled up.
//
// Once the reader has scrolled up, only the reader turns following on again: by the wheel, a touch, a key or
// the scrollbar, by the button, or by sending. A column that gets shorter scrolls
// too, and means nothing by it.

/**
 * The scrolling element, or as much of it as matters here. All are px.
 *
 * @typedef {{ scrollTop: number, scrollHeight: number, clientHeight: number }} Column
 */

/**
 * How far the column was scrolled, and how high its content was.
 *
 * @typedef {{ top: number, height: number }} Position
 */

/**
 * When the reader last did what scrolls, and whether they hold the scrollbar.
 *
 * @typedef {{ at: number, held: boolean }} Gesture
 */

const AT_END = 48; // px from the end that still count as being there
const GESTURE = 1000; // ms for which a wheel, a touch or a key may go on scrolling
const NEAR_TOP = 600; // px from the top at which older messages are asked for

/**
 * Where the column is now.
 *
 * @param {Column} column
 * @returns {Position}
 */
export const positionOf = ({ scrollTop, scrollHeight }) => ({ top: scrollTop, height: scrollHeight });

/**
 * What a scroll event means: whether the column follows from now on, `undefined` where nothing changes;
 * whether its content changed its height, and became shorter, which moved its end to the end of the screen;
 * and by how many px it scrolled.
 *
 * @param {Column} column
 * @param {Position} before
 * @param {Gesture} gesture
 * @param {number} now in ms, on the clock of `gesture`
 */
export function meaningOfScroll(column, before, gesture, now) {
  const fromEnd = column.scrollHeight - column.clientHeight - column.scrollTop;
  const byReader = gesture.held || now - gesture.at < GESTURE;
  const shortened = column.scrollHeight < before.height && fromEnd < 1;
  /** @type {boolean | undefined} */
  let follow;
  if (column.scrollTop < before.top - 2 && fromEnd > AT_END) follow = false;
  else if (fromEnd <= AT_END && byReader && !shortened) follow = true;
  const resized = column.scrollHeight !== before.height;
  return { follow, resized, shortened, scrolled: column.scrollTop - before.top };
}

/**
 * Whether the reader is so near to the top that older messages are wanted.
 *
 * @param {Column} column
 * @param {boolean} following
 */
export const wantsOlder = (column, following) => !following && column.scrollTop < NEAR_TOP;
