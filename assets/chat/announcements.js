// What screen readers announce of answers while they are being written: whole sentences, once each.

import { t } from "../ui/words.js";

const MAX_LENGTH = 1000; // characters of an answer in one announcement

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

/**
 * An answer that may be announced. `name` is its model's if several answers stand side by side, else empty.
 *
 * @typedef {{ id: string, name: string, streaming: boolean }} Answer
 */

/**
 * Remembers which answers are announced, and how far. `follow` takes those at the end of the conversation whenever they
 * change. Those that it sees streaming are announced, and after `expect` those that are new: a short answer may have
 * ended before the page hears of it. `next` gives what is to be said now.
 */
export function announcements() {
  /** @type {readonly Answer[]} */
  let followed = [];
  /** @type {Map<string, number>} */
  let positions = new Map();
  /** @type {Set<string>} */
  let shown = new Set();
  let expected = false;
  return {
    /** A message was sent: the next answers are to it. */
    expect() {
      expected = true;
    },
    /** @param {readonly Answer[]} answers */
    follow(answers) {
      const isNew = (/** @type {string} */ id) => expected && !shown.has(id);
      followed = answers.filter(({ id, streaming }) => streaming || positions.has(id) || isNew(id));
      if (answers.some(({ id }) => isNew(id))) expected = false;
      positions = new Map(followed.map(({ id }) => [id, positions.get(id) ?? 0]));
      shown = new Set(answers.map(({ id }) => id));
    },
    /** @param {(id: string) => string} textOf */
    next(textOf) {
      const said = followed.map(({ id, name, streaming }) => {
        const text = textOf(id);
        const from = positions.get(id) ?? 0;
        const end = endOfSentences(text, from, !streaming);
        positions.set(id, end);
        const words = spoken(text.slice(from, end)).slice(0, MAX_LENGTH);
        return words && name ? t("{name}: {text}", { name, text: words }) : words;
      });
      return said.filter(Boolean).join("\n");
    },
  };
}

/** Those of this page. They outlive the transcript: that of a new conversation comes with its first answer. */
export const pageAnnouncements = announcements();
