// Places a popover at its button, and tells whether that can still be seen.

const GAP = 4; // px between the two, and between the popover and the edge of the window

/**
 * Places a popover below its button, or above it where there is no room.
 *
 * @param {HTMLElement} popover
 * @param {HTMLElement} button
 * @param {"start" | "end"} [edge] of the button, to which that of the popover is aligned
 */
export function place(popover, button, edge = "end") {
  const { top, bottom, left, right } = button.getBoundingClientRect();
  const { height, width } = popover.getBoundingClientRect();
  const below = bottom + GAP + height <= window.innerHeight || top < height + 2 * GAP;
  const at = below ? bottom + GAP : top - height - GAP;
  const wanted = edge === "start" ? left : right - width;
  popover.style.top = `${Math.max(GAP, Math.min(at, window.innerHeight - height - GAP))}px`;
  popover.style.left = `${Math.max(GAP, Math.min(wanted, window.innerWidth - width - GAP))}px`;
}

/**
 * Whether any of a button is in the visible part of what has scrolled.
 *
 * @param {HTMLElement} button
 * @param {EventTarget | null} scrolled the target of a scroll event
 */
export function isInSight(button, scrolled) {
  const { top, bottom } = button.getBoundingClientRect();
  const list = scrolled instanceof Element && scrolled.contains(button) ? scrolled : document.documentElement;
  const { top: from, height } = list.getBoundingClientRect();
  return bottom > Math.max(0, from) && top < Math.min(window.innerHeight, from + height);
}
