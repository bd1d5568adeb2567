import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutBeginnings } from "../../assets/markdown/open_marks.js";
import { costOf, partsOf, within } from "../../assets/markdown/shown_pieces.js";

const piece = (text, cost, plain = false) => ({ text, cost, plain });

test("plain pieces that follow each other are one part", () => {
  const pieces = [piece("a", 1), piece("b", 0, true), piece("c", 0, true), piece("d", 1), piece("e", 1)];
  const texts = partsOf(pieces).map((part) => part.pieces.map(({ text }) => text).join(""));

  assert.deepEqual(texts, ["a", "bc", "d", "e"]);
});

test("as many pieces are shown as there is room for", () => {
  const pieces = [piece("a", 10), piece("b", 10), piece("c", 10)];

  assert.equal(within(pieces, 20).length, 2);
  assert.equal(within(pieces, 19).length, 1);
  assert.equal(within(pieces, 30), pieces);
});

test("one piece is shown without room for it", () => {
  assert.equal(within([piece("a", 10), piece("b", 10)], 5).length, 1);
});

test("the cost of pieces is their sum, and 0 of none", () => {
  assert.equal(costOf([piece("a", 10), piece("b", 5)]), 15);
  assert.equal(costOf([]), 0);
});

test("marks at the very end are held back", () => {
  assert.equal(withoutBeginnings("some **"), "some ");
  assert.equal(withoutBeginnings("some `code`"), "some `code");
  assert.equal(withoutBeginnings("***"), "");
});

test("marks before words are kept", () => {
  assert.equal(withoutBeginnings("some **bold"), "some **bold");
});

test("the beginning of a table is held back", () => {
  assert.equal(withoutBeginnings("words\n\n| a | b |"), "words\n\n");
  assert.equal(withoutBeginnings("| a | b |\n|---"), "");
});

test("a table with its second line is shown", () => {
  const table = "words\n\n| a | b |\n|---|---|\n";

  assert.equal(withoutBeginnings(table), table);
  assert.equal(withoutBeginnings(`${table}| c`), `${table}| c`);
});
