import assert from "node:assert/strict";
import { test } from "node:test";
import { blockEnd, createBlockSplitter, fitsOneBlock } from "../../assets/markdown/text_blocks.js";

const LINES = Array.from({ length: 300 }, (_, number) => `line ${number} of a long text`).join("\n");

test("a text of up to 6000 characters is one block", () => {
  assert.equal(fitsOneBlock("a".repeat(6000)), true);
  assert.equal(fitsOneBlock("a".repeat(6001)), false);
});

test("characters outside Latin-1 weigh four times as much", () => {
  assert.equal(fitsOneBlock("ж".repeat(1500)), true);
  assert.equal(fitsOneBlock("ж".repeat(1501)), false);
  assert.equal(fitsOneBlock("ÿ".repeat(6000)), true);
});

test("a block ends after the last line break that fits", () => {
  assert.equal(blockEnd(`${"a".repeat(1000)}\n${"b c ".repeat(500)}`, 0), 1001);
});

test("a block without line breaks ends after a space", () => {
  assert.equal(blockEnd(`${"a".repeat(1500)} ${"b".repeat(1500)}`, 0), 1501);
});

test("a block of a single word ends at the limit", () => {
  assert.equal(blockEnd("a".repeat(5000), 0), 2000);
  assert.equal(blockEnd("a".repeat(5000), 2000), 4000);
});

test("a block never ends inside a surrogate pair", () => {
  const text = `a${"😀".repeat(2000)}`;
  for (let start = 0; start < text.length; ) {
    start = blockEnd(text, start);
    assert.ok(start === text.length || text.codePointAt(start) > 0xffff);
  }
  assert.equal(blockEnd(`${"a".repeat(1996)}😀b`, 0), 1998);
});

test("the last block ends at the end of the text", () => {
  assert.equal(blockEnd("short", 2), 5);
});

test("the blocks add up to the text", () => {
  const blocks = createBlockSplitter()(LINES);

  assert.ok(blocks.length > 2);
  assert.equal(blocks.join(""), LINES);
});

test("an empty text has no blocks", () => {
  assert.deepEqual(createBlockSplitter()(""), []);
});

test("a growing text keeps all blocks except the last", () => {
  const split = createBlockSplitter();
  let before = [];
  for (let end = 0; end <= LINES.length; end += 97) {
    const blocks = split(LINES.slice(0, end));
    assert.equal(blocks.join(""), LINES.slice(0, end));
    assert.deepEqual(blocks.slice(0, before.length - 1), before.slice(0, -1));
    before = [...blocks];
  }
  assert.deepEqual(split(LINES), createBlockSplitter()(LINES));
});

test("a different text is split from the start", () => {
  const split = createBlockSplitter();
  split(LINES);

  assert.deepEqual(split("another"), ["another"]);
});
