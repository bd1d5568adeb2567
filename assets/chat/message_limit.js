// The longest message that can be sent.

const encoder = new TextEncoder();

/**
 * Says why a text cannot be sent; empty where it can.
 *
 * @param {string} text
 * @param {number} maxBytes of the text in UTF-8
 */
export function tooLong(text, maxBytes) {
  const size = encoder.encode(text).length;
  if (size <= maxBytes) return "";
  return (
    `This message is ${Math.ceil(size / 1024)} KiB; at most ${maxBytes / 1024} KiB can be sent. ` +
    "Nothing was sent and your text is still here: shorten it or send it in parts."
  );
}
