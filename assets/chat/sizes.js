// Sizes of files and texts in words.

import { language, t } from "../ui/words.js";

const KB = 1024;
const MB = 1024 * KB;
const GB = 1024 * MB;
const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

/** @param {number} bytes @param {number} unit */
const tenths = (bytes, unit) => numbers.format(Math.ceil((10 * bytes) / unit) / 10);

/**
 * A size as people read it, rounded up, such as “1.2 MB”: as `size` in webchat/words/numbers.py, where a KB has 1,024.
 *
 * @param {number} bytes
 */
export function sizeText(bytes) {
  if (bytes < KB) return t("{number} B", { number: numbers.format(bytes) });
  if (bytes <= 999 * KB) return t("{number} KB", { number: Math.ceil(bytes / KB) });
  if (bytes <= 999 * MB) return t("{number} MB", { number: tenths(bytes, MB) });
  return t("{number} GB", { number: tenths(bytes, GB) });
}
