// Scroll anchoring: remembers the elements at the top of the viewport, to restore their position later.

/**
 * An element, and its distance from the top of the viewport in px.
 *
 * @typedef {{ element: Element, top: number }} Anchor
 */

/**
 * The distance in px of an element from the top of the viewport, which is that of the scrolling element.
 *
 * @param {Element} scroller
 * @param {Element} element
 */
const distance = (scroller, element) =>
  element.getBoundingClientRect().top - scroller.getBoundingClientRect().top;

/**
 * The children of an element that have a box; a child without one is replaced by its own children.
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
 * The anchors at the top of the viewport: the message, its child there, and so on; the innermost first.
 *
 * @param {Element} scroller
 * @param {Iterable<Element>} messages
 */
export function findAnchors(scroller, messages) {
  const edge = scroller.getBoundingClientRect().top;
  /** @type {Anchor[]} */
  const found = [];
  for (let element = firstBelow(edge, messages); element; element = firstBelow(edge, boxesIn(element))) {
    found.unshift({ element, top: distance(scroller, element) });
  }
  return found;
}

/**
 * How many px the anchors have moved down, measured by the innermost one that is still on the page.
 *
 * @param {Element} scroller
 * @param {Anchor[]} anchors
 */
export function anchorShift(scroller, anchors) {
  const kept = anchors.find(({ element }) => element.isConnected);
  return kept ? distance(scroller, kept.element) - kept.top : 0;
}
