// Puts text into the clipboard, and says whether it is there.

/**
 * Pages served without TLS on a LAN have no clipboard API.
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
 * Puts text into the clipboard; returns whether it is there.
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
