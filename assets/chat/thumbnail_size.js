// The size of a picture's thumbnail, known before it is loaded so that nothing moves when it is.

const WIDEST = 256;
const HIGHEST = 208;
const SMALLEST = 64;

/**
 * @param {number} width of the picture, 0 if unknown
 * @param {number} height
 */
export function thumbnailSize(width, height) {
  if (!(width > 0 && height > 0)) return { width: WIDEST, height: HIGHEST };
  const scale = Math.min(WIDEST / width, HIGHEST / height, 1);
  const side = (/** @type {number} */ pixels) => Math.max(SMALLEST, Math.round(pixels * scale));
  return { width: side(width), height: side(height) };
}
