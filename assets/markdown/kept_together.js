// Keeps an inline formula on one line with the punctuation around it, as webchat/rendering/kept_together.py does
// for share pages: browsers break lines between mathematics and any character.

/** @typedef {any} Node a node of the tree of parse.js */

const BEFORE = /[([{«„“‘"']{1,8}$/;
const AFTER = /^[.,:;!?%)\]}»”’"'…‑–—-]{1,8}/;
const LONG = 60; // characters of a formula that scrolls within itself

/** @param {string} formula */
export const scrolls = (formula) => formula.length > LONG;

/** @param {Node | undefined} node */
const isText = (node) => node?.type === "text";

/** @param {Node} node */
const isInline = ({ tagName, properties }) =>
  tagName === "formula" && properties.display === "inline" && !scrolls(properties.value);

/**
 * The children of an element, with each inline formula and what belongs to it in a `span` of its own.
 *
 * @param {Node[]} children
 * @returns {Node[]}
 */
export function keptTogether(children) {
  if (!children.some(isInline)) return children;
  /** @type {Node[]} */
  const kept = [];
  const rest = [...children];
  for (let node = rest.shift(); node; node = rest.shift()) {
    const before = isInline(node) && isText(kept.at(-1)) ? (BEFORE.exec(kept.at(-1).value)?.[0] ?? "") : "";
    const after = isInline(node) && isText(rest[0]) ? (AFTER.exec(rest[0].value)?.[0] ?? "") : "";
    if (before) kept.push({ type: "text", value: kept.pop().value.slice(0, -before.length) });
    if (after) rest[0] = { type: "text", value: rest[0].value.slice(after.length) };
    const words = (/** @type {string} */ value) => (value ? [{ type: "text", value }] : []);
    kept.push(
      before || after
        ? {
            type: "element",
            tagName: "span",
            properties: { className: ["together"] },
            children: [...words(before), node, ...words(after)],
          }
        : node,
    );
  }
  return kept.filter((node) => !isText(node) || node.value);
}
