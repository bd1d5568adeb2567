// Highlights code in a Web Worker.
// Input: {id, code, language}; output: {id, lines}, where each line is a list of [class, text]. The classes are
// those of share pages (webchat/rendering/code.py); their colours are in answer.css.

import { bundledLanguages, createCssVariablesTheme, createHighlighter } from "shiki";
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

const highlighter = createHighlighter({
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
  await shiki.loadLanguage(bundledLanguages[language]);
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

self.onmessage = async ({ data: { id, code, language } }) => {
  const known = language.toLowerCase() in bundledLanguages;
  self.postMessage({ id, lines: known ? await highlight(code, language.toLowerCase()) : [] });
};
