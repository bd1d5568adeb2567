// Hides incomplete Markdown at the end of a text that is being streamed.

// A table can be recognised only with its second line; until that is complete, the first lines are hidden.
const TABLE_START = /(^|(?:^|\n)(?:[^|\n][^\n]*)?\n)\|[^\n]*(?:\n\|?[ \t:|-]*)?$/;

/**
 * The text without trailing marks, which open an element that is still empty or close one that is closed
 * anyway, and without the first lines of an incomplete table.
 *
 * @param {string} text
 */
export function withoutOpenMarks(text) {
  let end = text.length;
  while (end > 0 && "*_~`".includes(text[end - 1])) end -= 1;
  return text.slice(0, end).replace(TABLE_START, "$1");
}
