// Highlights code in a Web Worker.
// Input: {language, grammar} once for each language, and {id, code, language}; output for the latter: {id, lines},
// where each line is a list of [class, text]. The classes are those of share pages (webchat/rendering/code.py);
// their colours are in answer.css.

import { createCssVariablesTheme, createHighlighterCore } from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";

const THEME = "webchat";
/** @type {Record<string, string>} */
const CLASSES = {
  keyword: "k",
  string: "s",
  "string-expression": "s",
  constant: "n",
  comment: "c",
  function: "f",
  link: "b",
};
const NAME = /token-([a-z-]+)/;

const highlighter = createHighlighterCore({
  themes: [createCssVariablesTheme({ name: THEME })],
  langs: [],
  engine: createJavaScriptRegexEngine({ forgiving: true }),
});

// The complete lines of the last block, so that only what is new is highlighted while it grows.
/** @type {{ language: string, code: string, lines: [string, string][][], state?: { readonly scopes: string[] } }} */
let last = { language: "", code: "", lines: [] };

/** @param {{ content: string, color?: string }[]} tokens of one line */
function lineOf(tokens) {
  /** @type {[string, string][]} */
  const line = [];
  for (const { content, color } of tokens) {
    const name = CLASSES[NAME.exec(color ?? "")?.[1] ?? ""] ?? "";
    const before = line.at(-1);
    if (before && (before[0] === name || !content.trim())) before[1] += content;
    else line.push([name, content]);
  }
  return line;
}

/** @type {(code: string, language: string) => Promise<[string, string][][]>} */
async function highlight(code, language) {
  const shiki = await highlighter;
  if (last.language !== language || !code.startsWith(last.code)) {
    last = { language, code: "", lines: [] };
  }
  const options = { lang: language, theme: THEME };
  const end = code.lastIndexOf("\n") + 1;
  if (end > last.code.length) {
    const result = shiki.codeToTokens(code.slice(last.code.length, end - 1), {
      ...options,
      grammarState: last.state,
    });
    const lines = [...last.lines, ...result.tokens.map(lineOf)];
    last = { language, code: code.slice(0, end), lines, state: result.grammarState };
  }
  const rest = shiki.codeToTokens(code.slice(end), { ...options, grammarState: last.state });
  return [...last.lines, ...rest.tokens.map(lineOf)];
}

/** @type {Promise<unknown>} */
let turn = Promise.resolve(); // a grammar is complete before code in its language

/** @param {{ id: number, code: string, language: string, grammar?: import("./grammars.js").Grammar }} message */
async function answer({ id, code, language, grammar }) {
  if (grammar) await (await highlighter).loadLanguage(grammar);
  else self.postMessage({ id, lines: await highlight(code, language) });
}

self.onmessage = ({ data }) => {
  turn = turn
    .then(() => answer(data))
    .catch((error) => {
      console.error(error);
      self.postMessage({ id: data.id, lines: [] }); // without colours
    });
};
