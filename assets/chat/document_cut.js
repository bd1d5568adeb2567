// How much of a document's text the model gets.

/** The most characters of a text that are shown. */
export const MOST_SHOWN = 200_000;

const LONGEST_WORD = 40;

/**
 * A text in two parts: what the model gets, and what is left out. Where exactly the cut is depends on the model, so the
 * server takes the same part of the characters as of the tokens.
 *
 * @param {string} text
 * @param {number} tokens of the whole text
 * @param {number | null} cut the tokens that are kept; null for all
 * @returns {[kept: string, left: string]}
 */
export function cutText(text, tokens, cut) {
  if (cut === null || !tokens || cut >= tokens) return [text, ""];
  const about = Math.floor((text.length * cut) / tokens);
  const space = text.lastIndexOf(" ", about);
  const at = space >= Math.max(0, about - LONGEST_WORD) ? space + 1 : about;
  return [text.slice(0, at), text.slice(at)];
}

/**
 * The number of tokens that somebody typed; null for all of them, undefined if it is none.
 *
 * @param {string} typed
 * @param {number} tokens of the whole text
 */
export function typedCut(typed, tokens) {
  const words = typed.replace(/[\s,.]/g, "");
  if (!words) return null;
  if (!/^\d{1,9}$/.test(words)) return undefined;
  const cut = Number(words);
  return cut < 1 ? undefined : cut >= tokens ? null : cut;
}
