import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksOf, endOf, lastMessages } from "../../assets/early_text.js";

const message = (role, text) => ({ role, parts: [{ type: "text", text }] });

test("headings, paragraphs, lists, tables and code are told apart", () => {
  const text =
    "# Title\n\nOne\ntwo\n\n- a\n- b\n\n1. c\n2. d\n\n```js\nlet x;\n\ny\n```\n\n| a |\n|---|\n\nEnd";
  assert.deepEqual(blocksOf(text), [
    { tag: "h3", text: "Title" },
    { tag: "p", text: "One\ntwo" },
    { tag: "ul", items: ["a", "b"] },
    { tag: "ol", items: ["c", "d"] },
    { tag: "pre", text: "let x;\n\ny", language: "js" },
    { tag: "pre", text: "| a |\n|---|" },
    { tag: "p", text: "End" },
  ]);
});

test("the end of a long text begins with a block", () => {
  const paragraph = "word ".repeat(20).trim();
  const end = endOf(Array(200).fill(paragraph).join("\n\n"));

  assert.ok(end.length <= 6000 && end.length > 5800);
  assert.ok(end.startsWith("word"));
});

test("the end of long code is still code", () => {
  const code = `\`\`\`\n${"line\n\n".repeat(2000)}\`\`\`\n\nAfter`;
  const blocks = blocksOf(endOf(code));

  assert.deepEqual(
    blocks.map(({ tag }) => tag),
    ["pre", "p"],
  );
});

test("a text without an empty line is cut all the same", () => {
  assert.equal(endOf("x".repeat(100_000)).length, 6000);
});

test("the last messages are shown, oldest first, as many as fill a screen", () => {
  const found = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`id-${n}`, message(n % 2 ? "user" : "assistant", `text ${n}`)]),
  );

  assert.deepEqual(
    lastMessages(found).map(({ text }) => text),
    ["text 5", "text 4", "text 3", "text 2", "text 1", "text 0"],
  );
  const long = { a: message("assistant", "x".repeat(10_000)), b: message("user", "before") };
  assert.deepEqual(
    lastMessages(long).map(({ role }) => role),
    ["assistant"],
  );
  assert.deepEqual(lastMessages({}), []);
});

test("parts that are no text are left out", () => {
  const parts = [
    { type: "text", text: "Words" },
    { type: "raw", value: {} },
  ];
  assert.deepEqual(lastMessages({ a: { role: "user", parts } }), [{ role: "user", text: "Words" }]);
});
