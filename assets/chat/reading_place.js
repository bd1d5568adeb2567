// Where a reader is in the column of messages: what is at its upper edge, so that it can be put back there.

/**
 * An element, and how many px it begins below the upper edge of the column.
 *
 * @typedef {{ element: Element, top: number }} Place
 */

/**
 * How many px an element begins below the upper edge of the column.
 *
 * @param {Element} column
 * @param {Element} element
 */
export const distance = (column, element) =>
  element.getBoundingClientRect().top - column.getBoundingClientRect().top;

/**
 * The elements that are laid out as its children: those that have no box stand for what is in them.
 *
 * @param {Element} element
 * @returns {Generator<Element>}
 */
function* boxesIn(element) {
  for (const child of element.children) {
    if (child.getClientRects().length) yield child;
    else yield* boxesIn(child);
  }
}

/**
 * @param {number} edge
 * @param {Iterable<Element>} elements
 */
function firstBelow(edge, elements) {
  for (const element of elements) if (element.getBoundingClientRect().bottom > edge) return element;
  return null;
}

/**
 * The message at the upper edge, what is there in it, and so on down to a line, the innermost first.
 *
 * @param {Element} column
 * @param {Iterable<Element>} messages
 */
export function firstInSight(column, messages) {
  const edge = column.getBoundingClientRect().top;
  /** @type {Place[]} */
  const found = [];
  for (let element = firstBelow(edge, messages); element; element = firstBelow(edge, boxesIn(element))) {
    found.unshift({ element, top: distance(column, element) });
  }
  return found;
}

/**
 * How many px what was read has moved down since: by the innermost element that is still on the page.
 *
 * @param {Element} column
 * @param {Place[]} places
 */
export function movedSince(column, places) {
  const kept = places.find(({ element }) => element.isConnected);
  return kept ? distance(column, kept.element) - kept.top : 0;
}
