import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutOpenMarks } from "../../assets/markdown/open_marks.js";
import { costOf, groupPieces, withinBudget } from "../../assets/markdown/shown_pieces.js";

const piece = (text, cost, plain = false) => ({ text, cost, plain });

test("consecutive plain pieces are one group", () => {
  const pieces = [piece("a", 1), piece("b", 0, true), piece("c", 0, true), piece("d", 1), piece("e", 1)];
  const texts = groupPieces(pieces).map((group) => group.pieces.map(({ text }) => text).join(""));

  assert.deepEqual(texts, ["a", "bc", "d", "e"]);
});

test("pieces are shown within the budget", () => {
  const pieces = [piece("a", 10), piece("b", 10), piece("c", 10)];

  assert.equal(withinBudget(pieces, 20).length, 2);
  assert.equal(withinBudget(pieces, 19).length, 1);
  assert.equal(withinBudget(pieces, 30), pieces);
});

test("at least one piece is shown", () => {
  assert.equal(withinBudget([piece("a", 10), piece("b", 10)], 5).length, 1);
});

test("the cost of pieces is their sum, and 0 of none", () => {
  assert.equal(costOf([piece("a", 10), piece("b", 5)]), 15);
  assert.equal(costOf([]), 0);
});

test("marks at the end are hidden", () => {
  assert.equal(withoutOpenMarks("some **"), "some ");
  assert.equal(withoutOpenMarks("some `code`"), "some `code");
  assert.equal(withoutOpenMarks("***"), "");
});

test("marks before text are kept", () => {
  assert.equal(withoutOpenMarks("some **bold"), "some **bold");
});

test("the start of a table is hidden", () => {
  assert.equal(withoutOpenMarks("words\n\n| a | b |"), "words\n\n");
  assert.equal(withoutOpenMarks("| a | b |\n|---"), "");
});

test("a table with its second line is shown", () => {
  const table = "words\n\n| a | b |\n|---|---|\n";

  assert.equal(withoutOpenMarks(table), table);
  assert.equal(withoutOpenMarks(`${table}| c`), `${table}| c`);
});
