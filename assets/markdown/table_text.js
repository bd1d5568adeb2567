// Writes the rows of a table as Markdown or CSV.

const FORMULA = /^[=+\-@\t\r]/; // a spreadsheet would take the cell for a formula
const QUOTED = /[",\r\n]/;

/** @param {string} cell */
const markdownCell = (cell) =>
  cell
    .replaceAll("\\", "\\\\")
    .replaceAll("|", "\\|")
    .replace(/\s*\n\s*/g, "<br>");

/** @param {string[]} cells */
const markdownRow = (cells) => `| ${cells.map(markdownCell).join(" | ")} |\n`;

/**
 * A table in Markdown; the first row is its head.
 *
 * @param {string[][]} rows
 */
export function rowsAsMarkdown([head = [], ...rows]) {
  return [markdownRow(head), markdownRow(head.map(() => "---")), ...rows.map(markdownRow)].join("");
}

/** @param {string} cell */
function csvCell(cell) {
  const safe = FORMULA.test(cell) && Number.isNaN(Number(cell)) ? `'${cell}` : cell;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * A table as CSV (RFC 4180).
 *
 * @param {string[][]} rows
 */
export const rowsAsCsv = (rows) => rows.map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
