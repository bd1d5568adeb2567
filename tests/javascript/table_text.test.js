import assert from "node:assert/strict";
import { test } from "node:test";
import { rowsAsCsv, rowsAsMarkdown } from "../../assets/markdown/table_text.js";

const ROWS = [
  ["Name", "Value"],
  ["a|b", 'say "x", y'],
  ["two\nlines", "=1+1"],
  ["-5", ""],
];

test("a table is copied as Markdown", () => {
  assert.equal(
    rowsAsMarkdown(ROWS),
    '| Name | Value |\n| --- | --- |\n| a\\|b | say "x", y |\n| two<br>lines | =1+1 |\n| -5 |  |\n',
  );
});

test("a table is copied as CSV, and no cell as a spreadsheet's formula", () => {
  assert.equal(rowsAsCsv(ROWS), 'Name,Value\r\na|b,"say ""x"", y"\r\n"two\nlines",\'=1+1\r\n-5,\r\n');
});
