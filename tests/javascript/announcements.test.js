import assert from "node:assert/strict";
import { test } from "node:test";
import { endOfSentences, spoken } from "../../assets/chat/announcements.js";

const said = (text, from = 0, ended = false) => text.slice(from, endOfSentences(text, from, ended));

test("whole sentences are announced", () => {
  assert.equal(said("One. Two? Thr"), "One. Two? ");
  assert.equal(said("One. Two? Three", 5), "Two? ");
  assert.equal(said("# Title\nText"), "# Title\n");
  assert.equal(said("Он ушёл. Она"), "Он ушёл. ");
});

test("what may go on is not the end of a sentence", () => {
  assert.equal(said("Version 1."), "");
  assert.equal(said("Version 1.5 is"), "");
});

test("at the end of the answer the rest is announced", () => {
  assert.equal(said("One. Two", 5, true), "Two");
});

test("marks of Markdown are not read aloud", () => {
  assert.equal(spoken("## A *title*\n- [link](https://example.org) and `code`"), "A title\nlink and code");
  assert.equal(spoken("```python\nprint(1)\n```"), "print(1)");
});
