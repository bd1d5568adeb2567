// Keeps the composer above the on-screen keyboard of browsers where it covers the page, such as Safari's.

/** Sets `--keyboard`, the height of the page that is covered; returns a function that stops. */
export function watchKeyboard() {
  const viewport = window.visualViewport;
  if (!viewport) return () => {};
  const update = () => {
    // A page that is zoomed in is not covered.
    const covered = viewport.scale > 1 ? 0 : window.innerHeight - viewport.height - viewport.offsetTop;
    document.documentElement.style.setProperty("--keyboard", `${Math.max(0, Math.round(covered))}px`);
  };
  viewport.addEventListener("resize", update);
  viewport.addEventListener("scroll", update);
  return () => {
    viewport.removeEventListener("resize", update);
    viewport.removeEventListener("scroll", update);
  };
}
