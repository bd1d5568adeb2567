import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { onlyCode, parse } from "../../assets/markdown/parse.js";

// The same examples are read by tests/unit/rendering/test_shared_examples.py.
const examples = (name) => JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url)));

const formulasOf = (node) =>
  node.tagName === "formula"
    ? [[node.properties.display === "inline" ? "inline" : "display", node.properties.value]]
    : (node.children ?? []).flatMap(formulasOf);

const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function htmlOf(node) {
  if (node.type === "text") return escaped(node.value);
  const inside = (node.children ?? []).map(htmlOf).join("");
  if (node.type === "root") return inside;
  const open = `<${node.tagName}${node.properties.open ? " open" : ""}>`;
  return node.tagName === "br" ? open : `${open}${inside}</${node.tagName}>`;
}

const html = (markdown, options) =>
  htmlOf(parse(markdown, options))
    .replace(/(^|>)\n+(?=<|$)/g, "$1")
    .replaceAll("<br>\n", "<br>")
    .replace(/\s+/g, " ");

for (const { markdown, formulas } of examples("formulas")) {
  test(`formulas of ${JSON.stringify(markdown)}`, () => {
    assert.deepEqual(formulasOf(parse(markdown)), formulas);
  });
}

for (const example of examples("harmless_html")) {
  test(`HTML of ${JSON.stringify(example.markdown)}`, () => {
    assert.equal(html(example.markdown), example.html);
  });
}

test("a formula stays with its punctuation", () => {
  const together = (node) =>
    node.properties?.className?.includes("together")
      ? [node.children.map(({ value, properties }) => value ?? properties.value).join("")]
      : (node.children ?? []).flatMap(together);
  for (const [text, kept] of [
    ["So $x$: yes.", ["x:"]],
    ["Both ($a$, $b$) and \\(c\\)…", ["(a,", "b)", "c…"]],
    ["«$x$»?!", ["«x»?!"]],
    ["The $n$-th", ["n-"]],
    ["$a$,$b$", ["a,"]],
    ["**$x$** is $y$ and", []],
    [`$${"x+".repeat(30)}x$.`, []],
    ["$$x$$.", []],
  ]) {
    assert.deepEqual(together(parse(text)), kept, text);
  }
  assert.equal(
    html("So ($x$), $y$."),
    "<p>So <span>(<formula></formula>),</span> <span><formula></formula>.</span></p>",
  );
});

test("links and pictures lead to other sites only", () => {
  const paragraph = (text) => `<p>${text}</p>`;
  assert.equal(
    html("[a](javascript:x) [b](/x) ![c](x.png)"),
    paragraph("[a](javascript:x) [b](/x) ![c](x.png)"),
  );
  assert.equal(html("[a]() []() ![c]()"), paragraph("[a]() []() ![c]()"));
  assert.equal(html("[a][b]\n\n[b]: data:text/html,x"), paragraph("[a][b]"));
  const [{ children }] = parse("[a](https://b.example) ![c](https://d.example/e.png)").children;
  assert.equal(children[0].properties.href, "https://b.example");
  assert.deepEqual(children.at(-1).properties, { src: "https://d.example/e.png", alt: "c" });
});

test("headings are numbered without gaps", () => {
  const tags = (text, above) => parse(text, { above }).children.flatMap(({ tagName }) => tagName ?? []);
  assert.deepEqual(tags("# a\n\n### b\n\n## c\n\n# d"), ["h3", "h4", "h4", "h3"]);
  assert.deepEqual(tags("### b", [1, 2]), ["h5"]);
});

test("footnotes refer to each other by ids of their own", () => {
  const [paragraph, section] = parse("a[^1]\n\n[^1]: b", { prefix: "x-" }).children.filter(
    ({ type }) => type === "element",
  );
  const reference = paragraph.children[1].children[0].properties;
  assert.equal(reference.href, "#x-fn-1");
  assert.equal(section.properties.ariaLabel, "Footnotes");
  assert.equal(section.children.find(({ tagName }) => tagName === "ol").children[1].properties.id, "x-fn-1");
});

test("a text that is one code block is read without the parser", () => {
  assert.deepEqual(onlyCode("```py x\na\n\nb\n```\n\n"), { language: "py", code: "a\n\nb" });
  assert.deepEqual(onlyCode("````\n```\n````"), { language: "", code: "```" });
  assert.deepEqual(onlyCode("~~~js\na\n"), { language: "js", code: "a" });
  assert.deepEqual(onlyCode("```js\na\n``"), { language: "js", code: "a" });
  assert.deepEqual(onlyCode("```"), { language: "", code: "" });
  assert.equal(onlyCode("```\na\n```\nb"), null);
  assert.equal(onlyCode("a ```b```"), null);
  assert.equal(onlyCode("```a``` b"), null);
});

test("code is the same with and without the parser", () => {
  for (const code of ["```py\na\n\n  b\n```", "```\n\n```", "~~~\n```\n~~~", "```js\nx\n"]) {
    const [{ properties, children }] = parse(code).children;
    const [block] = parse(`a\n\n${code}`).children.filter(({ tagName }) => tagName === "pre");
    assert.deepEqual(children, block.children);
    assert.equal(properties.language, block.properties.language);
  }
});

test("a caret follows the last word that has come", () => {
  const caret = (text) =>
    JSON.stringify(parse(text, { unfinished: true })).split('"data-testid":"caret"').length - 1;
  assert.equal(caret("some words"), 1);
  assert.equal(caret("- a\n  - b"), 1);
  assert.equal(caret("> a"), 1);
  assert.equal(JSON.stringify(parse("some words")).includes("caret"), false);
});
