// What a screen reader says of an answer while it is written: whole sentences, once each.

const SENTENCE_END = /[.!?…。！？](?:["'”’)\]]*)(?:\s+|$)|\n+/gu;

/**
 * The end of the last whole sentence of a text, in characters; at its end, that of the text.
 *
 * @param {string} text
 * @param {number} from where what is not said yet begins
 * @param {boolean} ended whether nothing more comes
 */
export function endOfSentences(text, from, ended) {
  if (ended) return text.length;
  let end = from;
  SENTENCE_END.lastIndex = from;
  for (const match of text.matchAll(SENTENCE_END)) {
    const after = match.index + match[0].length;
    // The end of what has come may be in the middle of "1.5" or "e.g."
    if (match.index >= from && after < text.length) end = after;
  }
  return end;
}

/**
 * Markdown as it is read aloud: without its marks.
 *
 * @param {string} text
 */
export const spoken = (text) =>
  text
    .replace(/```[^\n]*/g, "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/^\s{0,3}(?:#{1,6}|>|[-*+])\s+/gm, "")
    .replace(/[*_`~|]+/g, "")
    .trim();
