// The size limit of messages.

import { t } from "../ui/words.js";
import { sizeText } from "./sizes.js";

const encoder = new TextEncoder();

/**
 * The error message for a text above the limit, otherwise empty.
 *
 * @param {string} text
 * @param {number} maxBytes limit in bytes of UTF-8
 */
export function tooLong(text, maxBytes) {
  const size = encoder.encode(text).length;
  if (size <= maxBytes) return "";
  return t(
    "This message is {size}; the limit is {limit}. It was not sent and your text is still here. Shorten it or send it in parts.",
    { size: sizeText(size), limit: sizeText(maxBytes) },
  );
}
