// Cuts a long text into blocks: shaping one run of a hundred thousand characters can take a browser seconds.

const WHOLE = 6000; // weight up to which a text is one block
const BLOCK = 2000; // weight of one block of a longer text
const HEAVY = 4; // weight of a character outside Latin-1, where marks, ligatures and directions take time

/** @param {number} code */
const weightOf = (code) => (code < 0x100 ? 1 : HEAVY);

/**
 * Whether a text is short enough to be one block.
 *
 * @param {string} text
 */
export function fitsOneBlock(text) {
  if (text.length > WHOLE) return false;
  let weight = 0;
  for (let at = 0; at < text.length; at += 1) weight += weightOf(text.charCodeAt(at));
  return weight <= WHOLE;
}

/**
 * The end of the block that begins at `start`: behind a line break where there is one, never inside a
 * character.
 *
 * @param {string} text
 * @param {number} start
 */
export function blockEnd(text, start) {
  let weight = 0;
  let line = 0;
  let word = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    weight += weightOf(code);
    if (weight > BLOCK) {
      const end = line || word || at;
      const halfOfPair = code >= 0xdc00 && code <= 0xdfff && end === at;
      return halfOfPair ? at + 1 : end;
    }
    if (code === 10) line = at + 1;
    else if (code === 32) word = at + 1;
  }
  return text.length;
}

/**
 * Returns a function that cuts a text into blocks, which together are the text.
 *
 * Called again with a longer version of the same text it returns the same blocks, up to the last one.
 */
export function blockCutter() {
  let known = "";
  /** @type {string[]} */
  let blocks = [];
  let lastStart = 0;

  return (/** @type {string} */ text) => {
    const grown = text.startsWith(known);
    blocks = grown ? blocks.slice(0, -1) : [];
    let start = grown ? lastStart : 0;
    lastStart = start;
    while (start < text.length) {
      lastStart = start;
      const end = blockEnd(text, start);
      blocks.push(text.slice(start, end));
      start = end;
    }
    known = text;
    return blocks;
  };
}
