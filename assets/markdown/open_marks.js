// What is held back at the end of a text that is being written, because it may turn out to be something else.

// A table shows itself as one with its second line: until that is whole, its beginning is held back.
const TABLE_BEGINNING = /(^|(?:^|\n)(?:[^|\n][^\n]*)?\n)\|[^\n]*(?:\n\|?[ \t:|-]*)?$/;

/**
 * The text without marks at its very end, which open something that has no words yet or close what Streamdown
 * closes by itself, and without the beginning of a table.
 *
 * @param {string} text
 */
export function withoutBeginnings(text) {
  let end = text.length;
  while (end > 0 && "*_~`".includes(text[end - 1])) end -= 1;
  return text.slice(0, end).replace(TABLE_BEGINNING, "$1");
}
