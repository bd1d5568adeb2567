// Highlights code blocks in a worker, which starts with the first block on screen. Code is always shown at
// once: what the worker has not seen yet stands there plain until its colours come. The worker is asked when
// the page has nothing else to do, because words come first.

const THEMES = ["github-light", "github-dark"];
const REMEMBERED = 24;
const PATIENCE = 500; // ms after which a page that is always busy asks for colours all the same

let worker = null;
let lastId = 0;
const waiting = new Map(); // request id -> { code, language, callback }
let unasked = []; // what the worker has not been asked yet
const known = []; // { code, language, result }, newest first

function start() {
  worker = new Worker(new URL("./highlight_worker.js", import.meta.url), { type: "module" });
  worker.onmessage = ({ data: { id, result } }) => {
    const { code, language, callback } = waiting.get(id);
    waiting.delete(id);
    // A longer version of the same block takes the place of the shorter one.
    const shorter = known.findIndex((entry) => entry.language === language && code.startsWith(entry.code));
    if (shorter >= 0) known.splice(shorter, 1);
    known.unshift({ code, language, result });
    known.length = Math.min(known.length, REMEMBERED);
    callback?.(result);
  };
}

function ask() {
  if (!worker) start();
  for (const request of unasked) worker.postMessage(request);
  unasked = [];
}

function whenIdle(task) {
  if (window.requestIdleCallback) window.requestIdleCallback(task, { timeout: PATIENCE });
  else setTimeout(task); // Safari has none
}

// Tokens of a block that has grown since: the new part without colours.
function grown({ code, result }, now) {
  const [rest, ...lines] = now.slice(code.length).split("\n");
  const tokens = [...result.tokens];
  if (rest) tokens[tokens.length - 1] = [...(tokens.at(-1) ?? []), { content: rest }];
  for (const line of lines) tokens.push(line ? [{ content: line }] : []);
  return { ...result, tokens };
}

/** A Streamdown `CodeHighlighterPlugin`. */
export const code = {
  name: "shiki",
  type: "code-highlighter",
  getSupportedLanguages: () => [],
  getThemes: () => THEMES,
  supportsLanguage: () => true,
  highlight({ code, language, isIncomplete = false }, callback) {
    const seen = known.find((entry) => entry.language === language && code.startsWith(entry.code));
    if (seen?.code === code) return seen.result;
    lastId += 1;
    waiting.set(lastId, { code, language, callback });
    if (!unasked.length) whenIdle(ask);
    unasked.push({ id: lastId, code, language, isIncomplete });
    const plain = seen ?? { code: "", result: { bg: "transparent", fg: "inherit", tokens: [[]] } };
    return grown(plain, code);
  },
};
