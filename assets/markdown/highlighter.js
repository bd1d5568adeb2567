// Highlights code blocks in a worker, which starts with the first block on screen. Code is always shown at
// once: what the worker has not seen yet stands there plain until its colours come. The worker is asked when
// the page has nothing else to do, because words come first.

/** @typedef {import("@streamdown/code").Tokens} Tokens */

/** @typedef {{ code: string, language: string, isIncomplete?: boolean }} Code */

/** @typedef {(tokens: Tokens) => void} Callback */

const THEMES = ["github-light", "github-dark"];
const REMEMBERED = 24;
const PATIENCE = 500; // ms after which a page that is always busy asks for colours all the same

/** @type {Worker | null} */
let worker = null;
let lastId = 0;

/** @type {Map<number, Code & { callback?: Callback }>} */
const waiting = new Map(); // by request id

/** @type {(Code & { id: number })[]} */
let unasked = []; // what the worker has not been asked yet

/** @type {{ code: string, language: string, result: Tokens }[]} */
const known = []; // newest first

function start() {
  const started = new Worker(new URL("./highlight_worker.js", import.meta.url), { type: "module" });
  started.onmessage = ({ data: { id, result } }) => {
    const request = waiting.get(id);
    if (!request) return;
    const { code, language, callback } = request;
    waiting.delete(id);
    // A longer version of the same block takes the place of the shorter one.
    const shorter = known.findIndex((entry) => entry.language === language && code.startsWith(entry.code));
    if (shorter >= 0) known.splice(shorter, 1);
    known.unshift({ code, language, result });
    known.length = Math.min(known.length, REMEMBERED);
    callback?.(result);
  };
  return started;
}

function ask() {
  worker ??= start();
  for (const request of unasked) worker.postMessage(request);
  unasked = [];
}

/** @param {() => void} task */
function whenIdle(task) {
  if ("requestIdleCallback" in window) window.requestIdleCallback(task, { timeout: PATIENCE });
  else setTimeout(task); // Safari has none
}

/**
 * Tokens of a block that has grown since: the new part without colours.
 *
 * @param {{ code: string, result: Tokens }} before
 * @param {string} now
 */
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
  /**
   * @param {Code} request
   * @param {Callback} [callback] gets the colours that the return value lacks
   */
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
