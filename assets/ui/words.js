// Says the words of the pages in the language of the page. Other languages than English come as a script that the
// server puts in front of all others (webchat/hosting/languages.py).
//
// The functions have the names of gettext's, so that Babel finds the messages in the sources: they must be literals.

/**
 * @typedef {{
 *   language: string,
 *   address: string,
 *   plural: (count: number) => number,
 *   messages: Record<string, string | string[]>,
 * }} Words
 */

const { webchatWords } = /** @type {{ webchatWords?: Words }} */ (globalThis);
const messages = webchatWords?.messages ?? {};
const inEnglish = (/** @type {number} */ count) => Number(count !== 1);

/** The language of the page, such as "en". */
export const language = webchatWords?.language ?? "en";

/** The address of that script; none in English. */
export const wordsAddress = webchatWords?.address;

/** The locale of dates and numbers: that of the browser if it is of the same language. */
export const locale =
  globalThis.navigator?.languages?.find((tag) => tag.split("-")[0] === language.split("-")[0]) ?? language;

const numbers = new Intl.NumberFormat(locale);

// While the pages are built, a message is only marked: they are translated afterwards.
const isBuilding = import.meta.env?.PROD && import.meta.env.SSR;

/** @param {Record<string, unknown>} message */
const marked = (message) => `\uE000${encodeURIComponent(JSON.stringify(message))}\uE001`;

/**
 * The message with the arguments in place of its placeholders.
 *
 * @param {string} message
 * @param {Record<string, unknown>} given
 */
const filled = (message, given) =>
  message.replace(/\{(\w+)\}/g, (_, name) => {
    const value = given[name];
    return typeof value === "number" ? numbers.format(value) : String(value ?? "");
  });

/**
 * The message in the language of the page.
 *
 * @param {string} message
 * @param {Record<string, unknown>} [given] what its placeholders stand for
 */
export function t(message, given) {
  if (isBuilding) return marked({ message, given });
  const found = /** @type {string} */ (messages[message] ?? message);
  return given ? filled(found, given) : found;
}

/**
 * The message for a number of things, which is also the argument `count`.
 *
 * @param {string} one
 * @param {string} many
 * @param {number} count
 * @param {Record<string, unknown>} [given]
 */
export function ngettext(one, many, count, given) {
  if (isBuilding) return marked({ message: one, many, count, given });
  const forms = messages[one];
  const found = webchatWords && forms ? forms[webchatWords.plural(count)] : [one, many][inEnglish(count)];
  return filled(found, { count, ...given });
}

/**
 * As `t`, for English words that mean several things; `context` says which.
 *
 * @param {string} context
 * @param {string} message
 * @param {Record<string, unknown>} [given]
 */
export function pgettext(context, message, given) {
  if (isBuilding) return marked({ context, message, given });
  const found = /** @type {string} */ (messages[`${context}\u0004${message}`] ?? message);
  return given ? filled(found, given) : found;
}
