import assert from "node:assert/strict";
import { test } from "node:test";
import { chunksOf, countLines, fileName } from "../../assets/markdown/code_lines.js";
import { headingLevels, levelsAbove } from "../../assets/markdown/headings.js";

const CODE = Array.from({ length: 120 }, (_, number) => `line ${number}`).join("\n");

test("the chunks of a code block are its lines", () => {
  const chunks = chunksOf(CODE, undefined, 120);

  assert.equal(chunks.map(({ text }) => text).join("\n"), CODE);
  assert.equal(chunks.length, 3);
  assert.equal(countLines(CODE), 120);
});

test("no more lines are shown than wanted", () => {
  assert.equal(chunksOf(CODE, undefined, 40)[0].text.split("\n").length, 40);
});

test("what has grown since it was highlighted has no colours", () => {
  const highlighted = { code: "a\nb", lines: [[["k", "a"]], [["k", "b"]]] };

  assert.deepEqual(chunksOf("a\nbc\nd", highlighted, 40)[0].lines, [[["k", "a"]], [["", "bc"]], [["", "d"]]]);
  assert.deepEqual(chunksOf("a\nb", highlighted, 40)[0].lines, highlighted.lines);
});

test("a downloaded file has the ending of its language", () => {
  assert.equal(fileName("Python"), "code.py");
  assert.equal(fileName("constructor"), "code.txt");
});

test("the headings of a piece are found, but not in code", () => {
  assert.deepEqual(headingLevels({ text: "# a\n\n```\n# b\n```\n\n### c\n#d" }), [1, 3]);
  assert.deepEqual(levelsAbove([[{ text: "# a\n## b" }], [{ text: "c" }], [{ text: "## d" }]]), [
    "",
    "12",
    "12",
  ]);
});
