// Copies text to the clipboard.

/**
 * Copies with `execCommand`: the Clipboard API is not available without HTTPS, as on a LAN.
 *
 * @param {string} text
 * @param {Element} near an element that is not inert
 */
function copySelected(text, near) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  area.style.opacity = "0";
  near.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement || focused instanceof SVGElement) focused.focus({ preventScroll: true });
  return copied;
}

/**
 * Copies text to the clipboard; returns whether that succeeded.
 *
 * @param {string} text
 * @param {Element} [near] an element that is not inert
 */
export async function writeClipboard(text, near = document.body) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text, near);
  }
}
