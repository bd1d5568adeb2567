// The code highlighter, loaded when the first code block is on screen: it is the page's heaviest part.

let loaded = null;
let loading = null;

function load() {
  loading ??= import("@streamdown/code").then((module) => {
    loaded = module.createCodePlugin({ themes: ["github-light", "github-dark"] });
  });
  return loading;
}

/** A Streamdown `CodeHighlighterPlugin` that stands in for `@streamdown/code` until that has come. */
export const code = {
  name: "shiki",
  type: "code-highlighter",
  getSupportedLanguages: () => loaded?.getSupportedLanguages() ?? [],
  getThemes: () => ["github-light", "github-dark"],
  supportsLanguage: (language) => loaded?.supportsLanguage(language) ?? true,
  highlight(options, callback) {
    if (loaded) return loaded.highlight(options, callback);
    load().then(() => {
      const result = loaded.highlight(options, callback);
      if (result) callback?.(result);
    });
    return null;
  },
};
