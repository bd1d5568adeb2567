import assert from "node:assert/strict";
import { test } from "node:test";
import { pieceCutter } from "../../assets/markdown/markdown_pieces.js";

const paragraph = (words = 400) => `${"word ".repeat(words).trim()}\n\n`;
const cutOnce = (text) => pieceCutter()(text);
const joined = (pieces) => pieces.map((piece) => piece.text).join("");
const costOf = (pieces) => pieces.reduce((sum, piece) => sum + piece.cost, 0);

const LIST = Array.from({ length: 60 }, (_, number) => `- item ${number}\n`).join("");
const LOOSE_LIST = Array.from({ length: 60 }, (_, number) => `- item ${number}\n\n`).join("");
const TABLE = `| a | b |\n| --- | --- |\n${"| cell | cell |\n".repeat(60)}`;
const CODE = `\`\`\`js\n${"let x = 1;\n\n".repeat(800)}\`\`\`\n`;
const MIXED = [
  paragraph(),
  LIST,
  paragraph(),
  TABLE,
  CODE,
  paragraph(),
  "> quote\n> more\n",
  paragraph(900),
].join("\n");
const HOSTILE = `${paragraph()}${"*a_ ".repeat(2000)}\n\n${paragraph()}`;

// Grows like an answer, and checks after every step what holds for each.
function grow(text, step) {
  const cut = pieceCutter();
  let ended = [];
  for (let end = 0; end < text.length + step; end += step) {
    const pieces = cut(text.slice(0, end));
    assert.equal(joined(pieces), text.slice(0, end));
    assert.deepEqual(pieces.slice(0, ended.length), ended);
    ended = pieces.slice(0, -2);
  }
  return cut(text);
}

test("a short text is one piece", () => {
  const pieces = cutOnce("Some *words*.");

  assert.deepEqual(
    pieces.map(({ text, plain }) => ({ text, plain })),
    [{ text: "Some *words*.", plain: false }],
  );
});

test("an empty text has no pieces", () => {
  assert.deepEqual(cutOnce(""), []);
});

test("a long text is cut between paragraphs", () => {
  const pieces = cutOnce(paragraph().repeat(20));

  assert.ok(pieces.length > 2);
  for (const { text } of pieces.slice(0, -1)) assert.match(text, /word\n\n$/);
});

test("pieces cost as much as a frame formats, not much more", () => {
  const pieces = cutOnce(paragraph().repeat(50));

  for (const { cost } of pieces.slice(0, -1)) assert.ok(cost >= 12_000 && cost < 24_000);
});

for (const [name, text] of Object.entries({ MIXED, LOOSE_LIST, CODE, HOSTILE })) {
  test(`pieces together are the text (${name})`, () => {
    assert.equal(joined(cutOnce(text)), text);
  });

  test(`a text that grows keeps the pieces cut (${name})`, () => {
    assert.equal(joined(grow(text, 61)), text);
  });
}

test("a text that grew is cut like one that came at once", () => {
  assert.deepEqual(grow(MIXED, 7), cutOnce(MIXED));
});

test("a text that is another is cut from its beginning", () => {
  const cut = pieceCutter();
  cut(MIXED);

  assert.deepEqual(cut("another"), cutOnce("another"));
});

test("code is never cut at its empty lines", () => {
  const [before, code] = cutOnce(`${paragraph(2500)}${CODE}`);

  assert.match(before.text, /word\n\n$/);
  assert.equal(code.text, CODE);
});

test("a fence within a longer fence does not end it", () => {
  const code = `\`\`\`\`\n\`\`\`\n${"x = 1\n\n".repeat(400)}\`\`\`\n${"y = 2\n\n".repeat(400)}\`\`\`\`\n`;

  assert.deepEqual(
    cutOnce(code).map((piece) => piece.text),
    [code],
  );
});

test("a list is never cut at its empty lines", () => {
  const pieces = cutOnce(`${paragraph(2500)}${LOOSE_LIST}`);

  assert.equal(pieces.at(-1).text, LOOSE_LIST);
});

test("an indented line belongs to the block before it", () => {
  const text = `${paragraph(2500).trim()}\n\n    indented\n\nnext`;

  assert.deepEqual(
    cutOnce(text).map((piece) => piece.text.slice(-10)),
    ["indented\n\n", "next"],
  );
});

test("a paragraph full of marks is plain, its neighbours not", () => {
  const pieces = cutOnce(HOSTILE);

  assert.equal(pieces[0].plain, false);
  assert.equal(pieces.at(-1).plain, false);
  const plain = pieces.filter((piece) => piece.plain);
  assert.equal(joined(plain), `${"*a_ ".repeat(2000)}\n\n`);
  assert.equal(costOf(plain), 0);
});

test("marks of a paragraph cost by their square", () => {
  assert.equal(cutOnce("*a_ ".repeat(50))[0].plain, false);
  assert.equal(cutOnce("*a_ ".repeat(125))[0].plain, true);
});

test("plain text that was read stays the same pieces", () => {
  const cut = pieceCutter();
  const lines = `${"*a_ ".repeat(100)}\n`;
  const before = cut(lines.repeat(50));
  const after = cut(lines.repeat(60));

  assert.ok(before.length > 5);
  before.slice(0, -3).forEach((piece, index) => {
    assert.equal(after[index], piece);
  });
});

test("a costly table does not join the text before it", () => {
  const table = `| a | b |\n| --- | --- |\n${"| cell | cell |\n".repeat(145)}`;
  const pieces = cutOnce(`${paragraph(800)}${table}`);

  assert.deepEqual(
    pieces.map(({ text, plain }) => [text.slice(0, 4), plain]),
    [
      ["word", false],
      ["| a ", false],
    ],
  );
});

test("a flood of quotes in quotes is plain", () => {
  assert.ok(cutOnce(`${">".repeat(500)} deep\n`).every((piece) => piece.plain));
});

test("a table with too many cells is plain", () => {
  assert.equal(cutOnce(TABLE)[0].plain, false);
  assert.equal(cutOnce(`| a | b |\n|---|---|\n${"| c | d |\n".repeat(300)}`)[0].plain, true);
});

test("a paragraph that turns too costly becomes plain", () => {
  const cut = pieceCutter();
  const beginning = `${paragraph()}${"*a_ ".repeat(20)}`;

  assert.equal(cut(beginning).at(-1).plain, false);
  const later = cut(beginning + "*a_ ".repeat(2000));
  assert.equal(later[0].plain, false);
  assert.equal(later.at(-1).plain, true);
});

test("all is plain behind about three million of cost", () => {
  const pieces = cutOnce(paragraph().repeat(1500));
  const firstPlain = pieces.findIndex((piece) => piece.plain);

  assert.ok(firstPlain > 0);
  assert.ok(pieces.slice(firstPlain).every((piece) => piece.plain));
  assert.ok(costOf(pieces) > 2_900_000 && costOf(pieces) < 3_050_000);
});

test("a text that defines links stays whole while it is short", () => {
  const text = `${paragraph(2000)}See [here].\n\n${paragraph(200)}\n[here]: https://example.org\n`;

  assert.ok(cutOnce(text.replace("[here]:", "here:")).length > 1);
  assert.deepEqual(
    cutOnce(text).map((piece) => piece.text),
    [text],
  );
});

test("a long text that defines links is cut all the same", () => {
  const text = `${paragraph().repeat(40)}[here]: https://example.org\n`;

  assert.ok(cutOnce(text).length > 1);
});

test("a definition within code defines nothing", () => {
  const code = "```\n[here]: https://example.org\n```\n\n";

  assert.ok(cutOnce(`${code}${paragraph(2000)}${paragraph(200)}`).length > 1);
});

test("characters beyond Latin-1 cost more", () => {
  assert.ok(costOf(cutOnce("ж".repeat(100))) > costOf(cutOnce("a".repeat(100))) + 700);
});
