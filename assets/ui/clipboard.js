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

/**
 * Copies an element as rich text, with its words for places that take none; returns whether that succeeded.
 *
 * @param {HTMLElement} element one that is not in the page
 */
export async function writeRichText(element) {
  const html = new Blob([element.innerHTML], { type: "text/html" });
  const text = new Blob([element.textContent ?? ""], { type: "text/plain" });
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/html": html, "text/plain": text })]);
    return true;
  } catch {
    return copyElement(element);
  }
}

/** @param {HTMLElement} element */
function copyElement(element) {
  const selection = getSelection();
  element.style.cssText = "position:fixed;left:-99999px";
  document.body.append(element);
  selection?.selectAllChildren(element);
  const copied = document.execCommand("copy");
  selection?.removeAllRanges();
  element.remove();
  return copied;
}
