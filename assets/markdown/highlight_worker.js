// Highlights code in a Web Worker.
// Input: {id, code, language, isIncomplete}; output: {id, result} with Shiki's tokens for both themes.

import { createCodePlugin } from "@streamdown/code";

const THEMES = ["github-light", "github-dark"];
const plugin = createCodePlugin({ themes: THEMES });

self.onmessage = ({ data: { id, code, language, isIncomplete } }) => {
  const respond = (/** @type {import("@streamdown/code").Tokens} */ result) =>
    self.postMessage({ id, result });
  const ready = plugin.highlight({ code, language, themes: THEMES, isIncomplete }, respond);
  if (ready) respond(ready);
};
