// The levels of the headings in a text, so that those of its pieces can be numbered without gaps.

const FENCE_OR_HEADING = /^ {0,3}(?:(`{3,}(?![^\n]*`)|~{3,})(.*)|(#{1,6})(?:[ \t]|$))/gm;

/** @type {WeakMap<{ text: string }, number[]>} */
const known = new WeakMap();

/**
 * The levels of the headings of a piece, in their order; those marked by `#` only.
 *
 * @param {{ text: string }} piece
 */
export function headingLevels(piece) {
  const before = known.get(piece);
  if (before) return before;
  const levels = [];
  let fence = "";
  for (const [, mark, after, heading] of piece.text.matchAll(FENCE_OR_HEADING)) {
    if (heading && !fence) levels.push(heading.length);
    else if (mark && !fence) fence = mark;
    else if (mark?.startsWith(fence) && !after.trim()) fence = "";
  }
  known.set(piece, levels);
  return levels;
}

/**
 * The levels of the headings above the next one, after one of this level.
 *
 * @param {number[]} above
 * @param {number} level
 */
export const withHeading = (above, level) => [...above.filter((one) => one < level), level];

/**
 * The levels of the headings above each list of pieces, as digits.
 *
 * @param {{ text: string }[][]} lists
 */
export function levelsAbove(lists) {
  /** @type {number[]} */
  let above = [];
  return lists.map((pieces) => {
    const before = above.join("");
    above = pieces.flatMap(headingLevels).reduce(withHeading, above);
    return before;
  });
}
