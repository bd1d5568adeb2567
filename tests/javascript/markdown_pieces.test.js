import assert from "node:assert/strict";
import { test } from "node:test";
import { createPieceSplitter } from "../../assets/markdown/markdown_pieces.js";

const paragraph = (words = 400) => `${"word ".repeat(words).trim()}\n\n`;
const splitOnce = (text) => createPieceSplitter()(text);
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

// Splits a growing text, and checks the invariants after every step.
function grow(text, step) {
  const split = createPieceSplitter();
  let finished = [];
  for (let end = 0; end < text.length + step; end += step) {
    const pieces = split(text.slice(0, end));
    assert.equal(joined(pieces), text.slice(0, end));
    assert.deepEqual(pieces.slice(0, finished.length), finished);
    finished = pieces.slice(0, -2);
  }
  return split(text);
}

test("a short text is one piece", () => {
  const pieces = splitOnce("Some *words*.");

  assert.deepEqual(
    pieces.map(({ text, plain }) => ({ text, plain })),
    [{ text: "Some *words*.", plain: false }],
  );
});

test("an empty text has no pieces", () => {
  assert.deepEqual(splitOnce(""), []);
});

test("a long text is split between paragraphs", () => {
  const pieces = splitOnce(paragraph().repeat(20));

  assert.ok(pieces.length > 2);
  for (const { text } of pieces.slice(0, -1)) assert.match(text, /word\n\n$/);
});

test("the cost of a piece fits into a frame", () => {
  const pieces = splitOnce(paragraph().repeat(50));

  for (const { cost } of pieces.slice(0, -1)) assert.ok(cost >= 3_000 && cost < 6_600);
});

for (const [name, text] of Object.entries({ MIXED, LOOSE_LIST, CODE, HOSTILE })) {
  test(`the pieces add up to the text (${name})`, () => {
    assert.equal(joined(splitOnce(text)), text);
  });

  test(`a growing text keeps its finished pieces (${name})`, () => {
    assert.equal(joined(grow(text, 61)), text);
  });
}

test("a text that grew is split like a complete one", () => {
  assert.deepEqual(grow(MIXED, 7), splitOnce(MIXED));
});

test("a different text is split from the start", () => {
  const split = createPieceSplitter();
  split(MIXED);

  assert.deepEqual(split("another"), splitOnce("another"));
});

test("code is never split at its empty lines", () => {
  const [before, code] = splitOnce(`${paragraph(2500)}${CODE}`);

  assert.match(before.text, /word\n\n$/);
  assert.equal(code.text, CODE);
});

test("a fence within a longer fence does not end it", () => {
  const code = `\`\`\`\`\n\`\`\`\n${"x = 1\n\n".repeat(400)}\`\`\`\n${"y = 2\n\n".repeat(400)}\`\`\`\`\n`;

  assert.deepEqual(
    splitOnce(code).map((piece) => piece.text),
    [code],
  );
});

test("a list is never split at its empty lines", () => {
  const pieces = splitOnce(`${paragraph(2500)}${LOOSE_LIST}`);

  assert.equal(pieces.at(-1).text, LOOSE_LIST);
});

test("an indented line belongs to the block before it", () => {
  const text = `${paragraph(2500).trim()}\n\n    indented\n\nnext`;

  assert.deepEqual(
    splitOnce(text).map((piece) => piece.text.slice(-10)),
    ["indented\n\n", "next"],
  );
});

test("a paragraph with too many marks is plain, its neighbours are not", () => {
  const pieces = splitOnce(HOSTILE);

  assert.equal(pieces[0].plain, false);
  assert.equal(pieces.at(-1).plain, false);
  const plain = pieces.filter((piece) => piece.plain);
  assert.equal(joined(plain), `${"*a_ ".repeat(2000)}\n\n`);
  assert.equal(costOf(plain), 0);
});

test("marks of a paragraph cost by their square", () => {
  assert.equal(splitOnce("*a_ ".repeat(50))[0].plain, false);
  assert.equal(splitOnce("*a_ ".repeat(125))[0].plain, true);
});

test("finished plain pieces keep their identity", () => {
  const split = createPieceSplitter();
  const lines = `${"*a_ ".repeat(100)}\n`;
  const before = split(lines.repeat(50));
  const after = split(lines.repeat(60));

  assert.ok(before.length > 5);
  before.slice(0, -3).forEach((piece, index) => {
    assert.equal(after[index], piece);
  });
});

test("an expensive table starts a new piece", () => {
  const table = `| a | b |\n| --- | --- |\n${"| cell | cell |\n".repeat(145)}`;
  const pieces = splitOnce(`${paragraph(800)}${table}`);

  assert.deepEqual(
    pieces.map(({ text, plain }) => [text.slice(0, 4), plain]),
    [
      ["word", false],
      ["| a ", false],
    ],
  );
});

test("deeply nested quotes are plain", () => {
  assert.ok(splitOnce(`${">".repeat(500)} deep\n`).every((piece) => piece.plain));
});

test("a table with too many cells is plain", () => {
  assert.equal(splitOnce(TABLE)[0].plain, false);
  assert.equal(splitOnce(`| a | b |\n|---|---|\n${"| c | d |\n".repeat(300)}`)[0].plain, true);
});

test("a paragraph that becomes too expensive is plain", () => {
  const split = createPieceSplitter();
  const beginning = `${paragraph()}${"*a_ ".repeat(20)}`;

  assert.equal(split(beginning).at(-1).plain, false);
  const later = split(beginning + "*a_ ".repeat(2000));
  assert.equal(later[0].plain, false);
  assert.equal(later.at(-1).plain, true);
});

test("text is plain after a total cost of about three million", () => {
  const pieces = splitOnce(paragraph().repeat(1500));
  const firstPlain = pieces.findIndex((piece) => piece.plain);

  assert.ok(firstPlain > 0);
  assert.ok(pieces.slice(firstPlain).every((piece) => piece.plain));
  assert.ok(costOf(pieces) > 2_900_000 && costOf(pieces) < 3_050_000);
});

test("a short text with link definitions stays whole", () => {
  const text = `${paragraph(2000)}See [here].\n\n${paragraph(200)}\n[here]: https://example.org\n`;

  assert.ok(splitOnce(text.replace("[here]:", "here:")).length > 1);
  assert.deepEqual(
    splitOnce(text).map((piece) => piece.text),
    [text],
  );
});

test("a long text with link definitions is split", () => {
  const text = `${paragraph().repeat(40)}[here]: https://example.org\n`;

  assert.ok(splitOnce(text).length > 1);
});

test("a link definition within code is ignored", () => {
  const code = "```\n[here]: https://example.org\n```\n\n";

  assert.ok(splitOnce(`${code}${paragraph(2000)}${paragraph(200)}`).length > 1);
});

test("characters outside Latin-1 cost more", () => {
  assert.ok(costOf(splitOnce("ж".repeat(100))) > costOf(splitOnce("a".repeat(100))) + 700);
});

test("a code block is a piece of its own", () => {
  const texts = splitOnce("a\n\n```\nb\n\nc\n```\n\nd\n\n```\ne\n```\nf").map((piece) => piece.text);

  assert.deepEqual(texts, ["a\n\n", "```\nb\n\nc\n```\n\n", "d\n\n```\ne\n```\nf"]);
});

test("a code block of 5,000 lines is not plain", () => {
  const pieces = splitOnce(`\`\`\`js\n${"const value = compute(1, 2);\n".repeat(5000)}\`\`\`\n`);

  assert.deepEqual(
    pieces.map(({ plain }) => plain),
    [false],
  );
});

test("code of three backticks within a line opens no block", () => {
  assert.equal(splitOnce(`\`\`\`a\`\`\` b\n\n${paragraph().repeat(5)}`).length > 1, true);
});

test("what is folded stays in one piece", () => {
  const text = `<details>\n\n${paragraph().repeat(3)}</details>\n\n`;

  assert.equal(splitOnce(`${text}${paragraph()}`)[0].text, text);
});

test("folds within many folds are plain", () => {
  const deep = "<details>\n\n".repeat(3000);

  assert.ok(splitOnce(deep).some(({ plain }) => plain));
  assert.ok(!splitOnce("<details>\n\n".repeat(5)).some(({ plain }) => plain));
});

test("only what opens a fold keeps a text in one piece", () => {
  assert.ok(splitOnce(`<details ontoggle="x">\n\n${paragraph().repeat(5)}`).length > 1);
});
