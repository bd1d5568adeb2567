// Opens and closes the sidebar with a finger.

const FROM_EDGE = 40; // px from the left edge in which a swipe that opens begins
const FAR = 60; // px a finger moves at least
const STEEP = 0.6; // vertical px for each horizontal one, above which a movement scrolls

/**
 * What a movement of a finger means; null for nothing.
 *
 * @param {{ x: number, y: number }} from in px
 * @param {{ x: number, y: number }} to
 * @param {boolean} open whether the sidebar is open
 * @returns {"open" | "close" | null}
 */
export function swipeOf(from, to, open) {
  const across = to.x - from.x;
  if (Math.abs(across) < FAR || Math.abs(to.y - from.y) > STEEP * Math.abs(across)) return null;
  if (open) return across < 0 ? "close" : null;
  return across > 0 && from.x <= FROM_EDGE ? "open" : null;
}

/**
 * Calls `onSwipe` with what one finger does; returns a function that stops.
 *
 * @param {() => boolean} isOpen
 * @param {(open: boolean) => void} onSwipe
 */
export function watchSwipes(isOpen, onSwipe) {
  /** @type {{ x: number, y: number } | null} */
  let from = null;
  const place = (/** @type {Touch} */ touch) => ({ x: touch.clientX, y: touch.clientY });
  const begin = (/** @type {TouchEvent} */ event) => {
    from = event.touches.length === 1 ? place(event.touches[0]) : null;
  };
  const end = (/** @type {TouchEvent} */ event) => {
    const swipe = from && swipeOf(from, place(event.changedTouches[0]), isOpen());
    from = null;
    if (swipe) onSwipe(swipe === "open");
  };
  document.addEventListener("touchstart", begin, { passive: true });
  document.addEventListener("touchend", end, { passive: true });
  return () => {
    document.removeEventListener("touchstart", begin);
    document.removeEventListener("touchend", end);
  };
}
