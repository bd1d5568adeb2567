// Highlights code blocks in a worker, which is started for the first block. Code is shown at once without
// colours, which are added when the worker has responded. Requests are sent when the browser is idle, because
// text has priority.

/** @typedef {import("@streamdown/code").Tokens} Tokens */

/** @typedef {{ code: string, language: string, isIncomplete?: boolean }} Code */

/** @typedef {(tokens: Tokens) => void} Callback */

const THEMES = ["github-light", "github-dark"];
const CACHE_SIZE = 24;
const IDLE_TIMEOUT = 500; // ms after which requests are sent even if the browser is not idle

/** @type {Worker | null} */
let worker = null;
let lastId = 0;

/** @type {Map<number, Code & { callback?: Callback }>} */
const pending = new Map(); // requests without a response, by request id

/** @type {(Code & { id: number })[]} */
let queue = []; // requests not sent to the worker yet

/** @type {{ code: string, language: string, result: Tokens }[]} */
const cache = []; // newest first

function start() {
  const started = new Worker(new URL("./highlight_worker.js", import.meta.url), { type: "module" });
  started.onmessage = ({ data: { id, result } }) => {
    const request = pending.get(id);
    if (!request) return;
    const { code, language, callback } = request;
    pending.delete(id);
    // A longer version of a block replaces the shorter one.
    const shorter = cache.findIndex((entry) => entry.language === language && code.startsWith(entry.code));
    if (shorter >= 0) cache.splice(shorter, 1);
    cache.unshift({ code, language, result });
    cache.length = Math.min(cache.length, CACHE_SIZE);
    callback?.(result);
  };
  return started;
}

function flushQueue() {
  worker ??= start();
  for (const request of queue) worker.postMessage(request);
  queue = [];
}

/** @param {() => void} task */
function whenIdle(task) {
  if ("requestIdleCallback" in window) window.requestIdleCallback(task, { timeout: IDLE_TIMEOUT });
  else setTimeout(task); // not supported by Safari
}

/**
 * The tokens of a block that has grown; the new part has no colours.
 *
 * @param {{ code: string, result: Tokens }} before
 * @param {string} now
 */
function extendTokens({ code, result }, now) {
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
   * @param {Callback} [callback] called with the highlighted tokens, if the returned ones are incomplete
   */
  highlight({ code, language, isIncomplete = false }, callback) {
    const cached = cache.find((entry) => entry.language === language && code.startsWith(entry.code));
    if (cached?.code === code) return cached.result;
    lastId += 1;
    pending.set(lastId, { code, language, callback });
    if (!queue.length) whenIdle(flushQueue);
    queue.push({ id: lastId, code, language, isIncomplete });
    const plain = cached ?? { code: "", result: { bg: "transparent", fg: "inherit", tokens: [[]] } };
    return extendTokens(plain, code);
  },
};
