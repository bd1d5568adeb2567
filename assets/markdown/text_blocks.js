// Splits a long text into blocks: text shaping of 100,000 characters in one element can take a browser
// seconds.

const MAX_SINGLE = 6000; // weight up to which a text is a single block
const MAX_BLOCK = 2000; // weight of a block of a longer text
const HEAVY = 4; // weight of a character outside Latin-1, where shaping is slower

/** @param {number} code */
const weightOf = (code) => (code < 0x100 ? 1 : HEAVY);

/**
 * Whether a text is short enough for a single block.
 *
 * @param {string} text
 */
export function fitsOneBlock(text) {
  if (text.length > MAX_SINGLE) return false;
  let weight = 0;
  for (let at = 0; at < text.length; at += 1) weight += weightOf(text.charCodeAt(at));
  return weight <= MAX_SINGLE;
}

/**
 * The end of the block that begins at `start`: after a line break or a space if there is one, and never
 * within a surrogate pair.
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
    if (weight > MAX_BLOCK) {
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
 * Returns a function that splits a text into blocks whose concatenation is the text.
 *
 * For a longer version of the previous text it returns the same blocks, except the last one.
 */
export function createBlockSplitter() {
  let previous = "";
  /** @type {string[]} */
  let blocks = [];
  let lastStart = 0;

  return (/** @type {string} */ text) => {
    const grown = text.startsWith(previous);
    blocks = grown ? blocks.slice(0, -1) : [];
    let start = grown ? lastStart : 0;
    lastStart = start;
    while (start < text.length) {
      lastStart = start;
      const end = blockEnd(text, start);
      blocks.push(text.slice(start, end));
      start = end;
    }
    previous = text;
    return blocks;
  };
}
