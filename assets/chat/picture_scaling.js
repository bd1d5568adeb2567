// How pictures are made small before they are sent: the size in pixels, and the formats to try.

const LONGEST_SIDE = 2048;
const SMALLEST_SIDE = 64;

/** The most bytes of a picture that is sent. */
export const MOST_BYTES = 1_000_000;

/** @typedef {{ width: number, height: number }} Size */
/** @typedef {{ type: "image/png" | "image/jpeg", quality?: number, size: Size }} Attempt */

/**
 * The size of a picture whose longer side is at most `longest`.
 *
 * @param {Size} size
 * @param {number} longest
 * @returns {Size}
 */
export function fitted({ width, height }, longest = LONGEST_SIDE) {
  const scale = Math.min(1, longest / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * The ways to write a picture, the best first, until one is small enough. PNG keeps the sharp edges of a screenshot and
 * what is transparent, and every model server reads both formats.
 *
 * @param {string} type of the file
 * @param {Size} size of the picture
 * @returns {Generator<Attempt>}
 */
export function* attempts(type, size) {
  const first = fitted(size);
  if (type !== "image/jpeg") yield { type: "image/png", size: first };
  for (const quality of [0.9, 0.8, 0.7, 0.55]) yield { type: "image/jpeg", quality, size: first };
  for (let longest = LONGEST_SIDE * 0.75; longest >= SMALLEST_SIDE; longest *= 0.75)
    yield { type: "image/jpeg", quality: 0.55, size: fitted(size, longest) };
}

/**
 * The name of a picture that was written in another format.
 *
 * @param {string} name
 * @param {string} type
 */
export function renamed(name, type) {
  const [ending, known] = type === "image/png" ? [".png", /\.png$/i] : [".jpg", /\.jpe?g$/i];
  return known.test(name) ? name : name.replace(/\.\w{1,5}$/, "") + ending;
}
