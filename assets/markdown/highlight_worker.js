// Highlights code away from the page's main thread.
// In: {id, code, language, isIncomplete}; out: {id, result} with Shiki's tokens for both themes.

import { createCodePlugin } from "@streamdown/code";

const THEMES = ["github-light", "github-dark"];
const plugin = createCodePlugin({ themes: THEMES });

self.onmessage = ({ data: { id, code, language, isIncomplete } }) => {
  const answer = (/** @type {import("@streamdown/code").Tokens} */ result) =>
    self.postMessage({ id, result });
  const ready = plugin.highlight({ code, language, themes: THEMES, isIncomplete }, answer);
  if (ready) answer(ready);
};
