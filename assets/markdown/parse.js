// Reads Markdown as a tree of HTML elements, the same as those of share pages (webchat/rendering/markdown.py).
// Nothing in it can run or be fetched: HTML is text except for a few harmless elements, and the addresses of
// links are checked. Formulas, pictures and code blocks become elements that components draw.

import { sanitize } from "hast-util-sanitize";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { toHast } from "mdast-util-to-hast";
import { gfm } from "micromark-extension-gfm";
import { t } from "../ui/words.js";
import { formulaNodes, formulaSyntax } from "./formula_syntax.js";
import { replaceHtml } from "./harmless_html.js";
import { withHeading } from "./headings.js";
import { keptTogether } from "./kept_together.js";

/** @typedef {any} Node a node of either tree; the packages' types do not know our own nodes */

const ALLOWED = /^(?:https?:\/\/[^\s/?#\\@][^\s\\]*|mailto:[^\s\\]+)$/i;
// Made once, because a text is parsed in many small pieces.
const GFM = gfm({ singleTilde: false });
const NODES = [gfmFromMarkdown(), formulaNodes()];
const FIRST_LEVEL = 3; // of headings: the page's heading is 1, those of messages are 2
const LANGUAGE = /^[\w+#.-]{1,30}/;
const BLOCKS = new Set(["p", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "details"]);
const SCHEMA = {
  tagNames: [
    ..."a blockquote br code del details div em h3 h4 h5 h6 hr kbd li ol p pre section span strong".split(
      " ",
    ),
    ..."sub summary sup table tbody td th thead tr ul formula picture".split(" "),
  ],
  attributes: {
    "*": ["dir", "id"],
    a: ["href", "ariaLabel", "dataFootnoteRef", "dataFootnoteBackref"],
    details: ["open"],
    formula: ["source", "value", "display"],
    li: ["className"],
    ol: ["start"],
    p: ["className"],
    picture: ["src", "alt"],
    pre: ["language", "unfinished"],
    section: ["className", "ariaLabel"],
    span: ["role", "ariaLabel", /** @type {[string, string]} */ (["className", "together"])],
    td: ["className"],
    th: ["className"],
  },
  protocols: { href: ["http", "https", "mailto"], src: ["http", "https"] },
  required: {},
  clobber: [],
  strip: ["script"],
};

/** @type {(tagName: string, properties: Record<string, unknown>, children?: Node[]) => Node} */
const element = (tagName, properties, children = []) => ({ type: "element", tagName, properties, children });

/** @type {(value: string) => Node} */
const textNode = (value) => ({ type: "text", value });

/** @param {Node} node */
const wordsOf = (node) => node.value ?? (node.children ?? []).map(wordsOf).join("");

/**
 * @param {Node} node a tree of Markdown
 * @param {(node: Node, parents: Node[]) => Node | undefined} change returns what replaces a node, if anything
 * @param {Node[]} parents
 */
function changeEach(node, change, parents = []) {
  if (!node.children) return;
  const all = [...parents, node];
  node.children = node.children.map((/** @type {Node} */ child) => {
    changeEach(child, change, all);
    return change(child, all) ?? child;
  });
}

/**
 * Turns links and images that lead elsewhere than to another site into the text they were written as.
 *
 * @param {Node} tree
 * @param {string} source
 */
function checkAddresses(tree, source) {
  const addresses = new Map();
  changeEach(tree, (node) => {
    if (node.type === "definition" && !addresses.has(node.identifier))
      addresses.set(node.identifier, node.url);
    return undefined;
  });
  changeEach(tree, (node, parents) => {
    const isImage = node.type === "image" || node.type === "imageReference";
    if (!isImage && node.type !== "link" && node.type !== "linkReference") return undefined;
    const address = node.url ?? addresses.get(node.identifier) ?? "";
    const { start, end } = node.position;
    if (!ALLOWED.test(address)) return textNode(source.slice(start.offset, end.offset));
    if (isImage && parents.some(({ type }) => type.startsWith("link"))) {
      return textNode(`${node.alt || address} (image)`);
    }
    if (!isImage && !wordsOf(node) && !node.children.length) node.children = [textNode(address)];
    return undefined;
  });
}

/** @type {Record<string, (state: any, node: Node) => Node>} */
const HANDLERS = {
  formulaText: (_, { source, value, display }) =>
    element("formula", { source, value, display: display ? "display" : "inline" }),
  formulaBlock: (_, { source, value }) => element("formula", { source, value, display: "block" }),
  image: (_, { url, alt }) => element("picture", { src: url, alt: alt ?? "" }),
  imageReference: (state, node) => {
    const { url } = state.definitionById.get(String(node.identifier).toUpperCase()) ?? {};
    return url ? element("picture", { src: url, alt: node.alt ?? "" }) : textNode(node.alt ?? "");
  },
  code: (_, { lang, value }) =>
    element("pre", { language: LANGUAGE.exec(lang ?? "")?.[0] ?? "" }, [textNode(value)]),
};

/**
 * @param {Node} node an element
 * @param {{ above: number[] }} headings
 */
function tidy(node, headings) {
  const { tagName, properties } = node;
  const level = /^h([1-6])$/.exec(tagName)?.[1];
  if (level && !wordsOf(node).trim()) {
    node.tagName = "p";
  } else if (level) {
    headings.above = withHeading(headings.above, Number(level));
    node.tagName = `h${Math.min(6, FIRST_LEVEL - 1 + headings.above.length)}`;
  } else if (tagName === "th" || tagName === "td") {
    node.properties = properties.align ? { className: [properties.align] } : {};
    if (!wordsOf(node).trim()) node.tagName = "td";
  } else if (tagName === "table") {
    properties.dir = "auto";
  } else if (tagName === "li" && properties.className?.includes("task-list-item")) {
    properties.className = ["task"];
  } else if (tagName === "ul" || tagName === "ol") {
    delete properties.className;
  } else if (tagName === "input") {
    node.tagName = "span";
    node.properties = { role: "img", ariaLabel: properties.checked ? t("Done") : t("To do") };
    node.children = [textNode(properties.checked ? "☑" : "☐")];
  } else if (tagName === "section") {
    node.properties = { className: ["footnotes"], ariaLabel: t("Footnotes") };
    node.children = node.children.filter((/** @type {Node} */ child) => child.tagName !== "h2");
  }
  for (const child of node.children) if (child.type === "element") tidy(child, headings);
  node.children = keptTogether(node.children);
}

// The fence of a text that is nothing but one code block.
const ONLY_CODE = /^(`{3,}|~{3,})([^`\n]*)(?:\n|$)/;

/**
 * The code block that a text consists of, if it is nothing else. Markdown's parser would take 200 ms for 5,000
 * lines.
 *
 * @param {string} text
 */
export function onlyCode(text) {
  const opening = ONLY_CODE.exec(text);
  if (!opening) return null;
  const [all, fence, info] = opening;
  let end = text.length - (/\n[`~]{0,2}$/.exec(text)?.[0].length ?? 0);
  for (let at = text.indexOf(fence, all.length); at >= 0; at = text.indexOf(fence, at + 1)) {
    const start = text.lastIndexOf("\n", at) + 1;
    const next = text.indexOf("\n", at);
    const line = text.slice(start, next < 0 ? text.length : next).trim();
    if (at - start > 3 || text.slice(start, at).trim() || line.replaceAll(fence[0], "")) continue;
    if (next >= 0 && text.slice(next).trim()) return null; // more comes after the block
    end = start - 1;
    break;
  }
  return {
    language: LANGUAGE.exec(info.trim())?.[0] ?? "",
    code: text.slice(all.length, Math.max(all.length, end)),
  };
}

/** @param {string} text @param {boolean} unfinished */
function codeTree(text, unfinished) {
  const found = onlyCode(text);
  if (!found) return null;
  const { language, code } = found;
  return { type: "root", children: [element("pre", { language, unfinished }, [textNode(code)])] };
}

const CARET = element("span", { className: ["caret"], "data-testid": "caret" });
const HOLDS_TEXT = new Set(["p", "h3", "h4", "h5", "h6", "li"]);
const HOLDS_BLOCKS = new Set(["ul", "ol", "li", "blockquote", "details"]);

/**
 * Adds the caret after the last word.
 *
 * @param {Node} tree
 */
function addCaret(tree) {
  let place = tree;
  for (;;) {
    const last = place.children.findLast((/** @type {Node} */ child) => child.type === "element");
    const isAtEnd = last && place.children.slice(place.children.indexOf(last) + 1).every(isBlank);
    if (!isAtEnd || !(HOLDS_BLOCKS.has(last.tagName) || HOLDS_TEXT.has(last.tagName))) break;
    place = last;
  }
  if (HOLDS_TEXT.has(place.tagName)) place.children.push(CARET);
}

const isBlank = (/** @type {Node} */ { type, value }) => type === "text" && !value.trim();

/**
 * The elements of a Markdown text.
 *
 * @param {string} text
 * @param {{ above?: number[], prefix?: string, unfinished?: boolean }} options `above`: the levels of the
 * headings that precede it; `prefix`: of the ids of footnotes; `unfinished`: whether its end is still missing
 * @returns {Node}
 */
export function parse(text, { above = [], prefix = "", unfinished = false } = {}) {
  const code = codeTree(text, unfinished);
  if (code) return code;
  const markdown = /** @type {Node} */ (
    fromMarkdown(text, {
      extensions: [GFM, /** @type {any} */ (formulaSyntax())],
      mdastExtensions: NODES,
    })
  );
  replaceHtml(markdown);
  checkAddresses(markdown, text);
  const tree = /** @type {Node} */ (toHast(markdown, { handlers: HANDLERS, clobberPrefix: prefix }));
  const headings = { above };
  for (const node of tree.children) {
    if (node.type !== "element") continue;
    tidy(node, headings);
    if (BLOCKS.has(node.tagName)) node.properties.dir = "auto";
  }
  const last = tree.children.at(-1);
  if (unfinished && last?.tagName === "pre") last.properties.unfinished = true;
  const safe = sanitize(tree, SCHEMA);
  if (unfinished) addCaret(safe);
  return safe;
}
