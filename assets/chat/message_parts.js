// The parts of a message, in the format of the server's JSON. Parts and lists of parts are immutable, so that
// unchanged ones keep their identity.

/**
 * A part of a message. There may be types that this version of the page does not know.
 *
 * @typedef {{ type: string }} Part
 */

/** @typedef {{ type: "text", text: string }} TextPart */

/**
 * A part of an imported message that cannot be shown, as it was in its file.
 *
 * @typedef {{ type: "raw", value: unknown }} RawPart
 */

/**
 * A file that was attached, or a picture of an answer; its content is fetched by its id. `cut` is how many of its
 * tokens the model gets, null for all.
 *
 * @typedef {{
 *   type: "file",
 *   id: string,
 *   name: string,
 *   kind: "picture" | "document",
 *   media_type: string,
 *   size: number,
 *   width: number,
 *   height: number,
 *   tokens: number,
 *   cut: number | null,
 * }} FilePart
 */

/**
 * @param {Part} part
 * @returns {part is TextPart}
 */
const isText = (part) => part.type === "text";

/**
 * The parts of a message that is only text.
 *
 * @param {string} text
 * @returns {TextPart[]}
 */
export const textParts = (text) => [{ type: "text", text }];

/**
 * The parts of a message with files.
 *
 * @param {string} text
 * @param {readonly FilePart[]} files
 * @returns {Part[]}
 */
export const messageParts = (text, files) => [...textParts(text), ...files];

/**
 * The files of a message.
 *
 * @param {readonly Part[]} parts
 * @returns {FilePart[]}
 */
export const filesOf = (parts) =>
  parts.filter(/** @type {(part: Part) => part is FilePart} */ (part) => part.type === "file");

/**
 * The text of a message, without parts of other types.
 *
 * @param {readonly Part[]} parts
 */
export const textOf = (parts) => parts.map((part) => (isText(part) ? part.text : "")).join("");

/**
 * Whether there is nothing to show.
 *
 * @param {readonly Part[]} parts
 */
export const isEmpty = (parts) => parts.every((part) => isText(part) && !part.text);

/**
 * The parts with text added at the end: to the last part, or as a new part if the last one is not text.
 *
 * @param {readonly Part[]} parts
 * @param {string} text
 * @returns {readonly Part[]}
 */
export function appendText(parts, text) {
  const last = parts.at(-1);
  if (!last || !isText(last)) return [...parts, ...textParts(text)];
  return [...parts.slice(0, -1), ...textParts(last.text + text)];
}
