// For effects and event handlers, which run only while the component is on the page.

/**
 * The element of a ref, which must be on the page.
 *
 * @template {Element} E
 * @param {{ current: E | null }} ref
 */
export function elementOf(ref) {
  if (!ref.current) throw new Error("The component is not on the page");
  return ref.current;
}
