import assert from "node:assert/strict";
import { test } from "node:test";
import { appendText, isEmpty, textOf, textParts } from "../../assets/chat/message_parts.js";

const IMAGE = Object.freeze({ type: "image", url: "/files/1" });
const parts = (...texts) => texts.map((text) => ({ type: "text", text }));

test("a text is one part", () => {
  assert.deepEqual(textParts("Hello"), [{ type: "text", text: "Hello" }]);
});

test("the text of a message is that of its text parts", () => {
  assert.equal(textOf([...parts("one "), IMAGE, ...parts("two")]), "one two");
  assert.equal(textOf([IMAGE]), "");
  assert.equal(textOf([]), "");
});

test("text is appended to the last part", () => {
  assert.deepEqual(appendText(parts("one", "tw"), "o"), parts("one", "two"));
});

test("text appended to no parts is the first part", () => {
  assert.deepEqual(appendText([], "one"), parts("one"));
});

test("text appended after a part of another type is a new part", () => {
  assert.deepEqual(appendText([...parts("one"), IMAGE], "two"), [...parts("one"), IMAGE, ...parts("two")]);
});

test("appending text keeps the other parts and the previous list", () => {
  const before = Object.freeze([Object.freeze(parts("one")[0]), IMAGE, Object.freeze(parts("tw")[0])]);
  const after = appendText(before, "o");

  assert.equal(after[0], before[0]);
  assert.equal(after[1], IMAGE);
  assert.equal(before[2].text, "tw");
});

test("only empty text parts make an empty message", () => {
  assert.equal(isEmpty([]), true);
  assert.equal(isEmpty(parts("", "")), true);
  assert.equal(isEmpty(parts("", "a")), false);
  assert.equal(isEmpty([IMAGE]), false);
});
