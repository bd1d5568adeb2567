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
    `This message is ${Math.ceil(size / 1024)} KiB; the limit is ${maxBytes / 1024} KiB. ` +
    "It was not sent and your text is still here. Shorten it or send it in parts."
  );
}
