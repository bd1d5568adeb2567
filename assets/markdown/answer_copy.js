// An answer as an element to copy: plain HTML without buttons, and whole, even where the page shows it folded.

import { parse } from "./parse.js";

/** @typedef {any} Node a node of the tree of parse.js */

/** @type {Record<string, (node: Node) => [string, Record<string, string>, string?]>} */
const SPECIAL = {
  formula: ({ properties: { source } }) => ["code", {}, source],
  picture: ({ properties: { src, alt } }) => ["a", { href: src }, alt || src],
};

/**
 * @param {Node} node
 * @returns {globalThis.Node}
 */
function elementOf(node) {
  if (node.type === "text") return document.createTextNode(node.value);
  const { href, start } = node.properties;
  const [tag, attributes, text] = SPECIAL[node.tagName]?.(node) ?? [node.tagName, {}];
  const element = document.createElement(tag);
  if (href && !href.startsWith("#")) element.setAttribute("href", href);
  if (start) element.setAttribute("start", start);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  else element.append(...node.children.map(elementOf));
  return element;
}

/** @param {string} markdown */
export function elementOfAnswer(markdown) {
  const element = document.createElement("div");
  element.append(...parse(markdown).children.map(elementOf));
  return element;
}

/**
 * The words of an element, with line breaks where it has blocks.
 *
 * @param {HTMLElement} element
 */
export function plainTextOf(element) {
  element.style.cssText = "position:fixed;left:-99999px;width:60rem";
  document.body.append(element); // only what is laid out has lines
  const text = element.innerText;
  element.remove();
  element.removeAttribute("style");
  return text.trim();
}
