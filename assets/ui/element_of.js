// For effects and event handlers, which run only while the component is mounted.

/**
 * The element of a ref.
 *
 * Throws if the component is not mounted.
 *
 * @template {Element} E
 * @param {{ current: E | null }} ref
 */
export function elementOf(ref) {
  if (!ref.current) throw new Error("The component is not mounted");
  return ref.current;
}
