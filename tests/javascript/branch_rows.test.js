import assert from "node:assert/strict";
import { test } from "node:test";
import { branchRows, shownRows } from "../../assets/chat/branch_rows.js";

const message = (id, parent, more = {}) => ({
  id,
  parent,
  role: "user",
  model: "",
  at: 0,
  text: id,
  ...more,
});

// 1 - 2 - 3 - 4
//   \     \ - 5 - 6
//    7 - 8
const FORKED = [
  message("8", "7"),
  message("7", "1"),
  message("6", "5"),
  message("5", "3"),
  message("4", "3"),
  message("3", "2"),
  message("2", "1"),
  message("1", null),
];
const outline = (rows) => rows.map(({ id, level }) => `${level}${" ".repeat(level)}${id}`);

test("a conversation without versions has one level", () => {
  const rows = branchRows([message("3", "2"), message("2", "1"), message("1", null)], "3");

  assert.deepEqual(outline(rows), ["1 1", "1 2", "1 3"]);
  assert.deepEqual(
    rows.map(({ position, size, branches }) => [position, size, branches]),
    [
      [1, 3, false],
      [2, 3, false],
      [3, 3, false],
    ],
  );
});

test("versions are below what they answer, and what follows is below them", () => {
  const rows = branchRows(FORKED, "6");

  assert.deepEqual(outline(rows), ["1 1", "2  2", "3   3", "4    4", "4    5", "5     6", "2  7", "3   8"]);
  assert.deepEqual(
    rows.map(({ position, size }) => `${position}/${size}`),
    ["1/1", "1/2", "1/1", "1/2", "2/2", "1/1", "2/2", "1/1"],
  );
  assert.deepEqual(
    rows.map(({ parent }) => rows[parent]?.id),
    [undefined, "1", "2", "3", "3", "5", "1", "7"],
  );
});

test("the current branch and its end are marked", () => {
  const rows = branchRows(FORKED, "6");

  assert.deepEqual(
    rows.filter(({ current }) => current).map(({ id }) => id),
    ["1", "2", "3", "5", "6"],
  );
  assert.deepEqual(
    rows.filter(({ leaf }) => leaf).map(({ id }) => id),
    ["6"],
  );
});

test("what is below a deleted message is below its nearest ancestor", () => {
  const rows = branchRows(
    [
      message("5", "4"),
      { id: "4", parent: "3", deleted: true },
      { id: "3", parent: "2", deleted: true },
      message("2", "1"),
      message("1", null),
    ],
    "5",
  );

  assert.deepEqual(outline(rows), ["1 1", "1 2", "1 5"]);
  assert.ok(rows.every(({ current }) => current));
});

test("several first messages are versions, and a message without its parent is one", () => {
  const rows = branchRows(
    [message("4", "gone"), message("3", "2"), message("2", null), message("1", null)],
    "3",
  );

  assert.deepEqual(outline(rows), ["1 1", "1 2", "2  3", "1 4"]);
});

test("collapsed rows hide what is below them", () => {
  const rows = branchRows(FORKED, "6");
  const shown = (...ids) => shownRows(rows, new Set(ids)).map((index) => rows[index].id);

  assert.deepEqual(shown(), ["1", "2", "3", "4", "5", "6", "7", "8"]);
  assert.deepEqual(shown("3"), ["1", "2", "3", "7", "8"]);
  assert.deepEqual(shown("2", "3"), ["1", "2", "7", "8"]);
  assert.deepEqual(shown("1"), ["1"]);
});

test("ten thousand versions and ten thousand turns need no recursion", () => {
  const deep = Array.from({ length: 10_000 }, (_, at) =>
    message(String(at).padStart(5, "0"), at ? String(at - 1).padStart(5, "0") : null),
  );
  const wide = Array.from({ length: 10_000 }, (_, at) => message(`v${at}`, "09999"));

  assert.equal(branchRows([...wide, ...deep], "v9").length, 20_000);
});
