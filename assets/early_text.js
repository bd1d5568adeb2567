// Shows the end of a conversation until the page that will show it has loaded: on a slow line, its scripts take
// seconds. Hands the messages on to the page.

const MOST_MESSAGES = 6;
const MOST_CHARACTERS = 6000; // shown, more than a screen
const LONGEST_FORMATTED = 3000; // characters of a block in which bold words and links are looked for
const LONG_QUESTION = 870; // characters that the page folds, about as many
const LONG_QUESTION_LINES = 14;
const TYPEFACE = '1em "Onest Variable"';
const FRAMES_FOR_TYPEFACE = 3; // until which it may come and replace the one that is always there
const MOST_FRAMES = 30; // without a place to lie over, while the page replaces what it was served with
const INLINE = /`([^`\n]+)`|\*\*([^*\n]+)\*\*|\*([^*\s][^*\n]*)\*|\[([^\]\n]+)\]\([^)\s]+\)/g;
const INLINE_TAGS = ["code", "strong", "em", "a"];
const LIST_ITEM = /^\s*(?:[-*+]|(\d{1,9})[.)])\s+/;

/** @typedef {{ tag: string, text: string, language?: string } | { tag: "ul" | "ol", items: string[] }} Block */
/** @typedef {{ role?: string, parts: { type: string, text?: string, name?: string }[] }} Words */

/**
 * The end of a text, from the beginning of a block on.
 *
 * @param {string} text
 */
export function endOf(text) {
  if (text.length <= MOST_CHARACTERS) return text;
  const cut = text.indexOf("\n\n", text.length - MOST_CHARACTERS);
  const at = cut < 0 ? text.length - MOST_CHARACTERS : cut + 2;
  const inCode = (text.slice(0, at).match(/^```/gm)?.length ?? 0) % 2 === 1;
  return (inCode ? "```\n" : "") + text.slice(at);
}

/**
 * The blocks of a Markdown text, of the few kinds that answers have most. Whatever else is in it is a paragraph.
 *
 * @param {string} text
 * @returns {Block[]}
 */
export function blocksOf(text) {
  /** @type {Block[]} */
  const blocks = [];
  for (const [index, part] of text.split(/^```/m).entries()) {
    // Behind the marks: the language of what follows, or nothing at the end of code.
    const end = `${part}\n`.indexOf("\n");
    const [line, rest] = [part.slice(0, end), part.slice(end + 1)];
    if (index % 2 === 1) blocks.push({ tag: "pre", text: rest.replace(/\n$/, ""), language: line.trim() });
    else
      for (const block of (index ? rest : part).split(/\n\s*\n/))
        if (block.trim()) blocks.push(blockOf(block.trim()));
  }
  return blocks;
}

/**
 * @param {string} block
 * @returns {Block}
 */
function blockOf(block) {
  const heading = /^(#{1,6})\s+(.+)$/.exec(block);
  if (heading) return { tag: `h${Math.min(heading[1].length + 2, 6)}`, text: heading[2] };
  const lines = block.split("\n");
  const first = LIST_ITEM.exec(block);
  if (first && lines.every((line) => LIST_ITEM.test(line)))
    return { tag: first[1] ? "ol" : "ul", items: lines.map((line) => line.replace(LIST_ITEM, "")) };
  return { tag: lines.every((line) => line.startsWith("|")) ? "pre" : "p", text: block };
}

/** The text of a part; of a file, its name. @param {Words["parts"][number]} part */
const wordsOf = ({ type, text, name }) => text ?? (type === "file" ? `\n\n${name}` : "");

/**
 * The messages to show, oldest first: the last ones, as many as fill a screen.
 *
 * @param {Record<string, Words>} found by id, the newest first
 */
export function lastMessages(found) {
  const messages = [];
  let length = 0;
  for (const { role, parts } of Object.values(found)) {
    if (messages.length === MOST_MESSAGES || length >= MOST_CHARACTERS) break;
    const text = endOf(parts.map(wordsOf).join(""));
    length += text.length;
    messages.unshift({ role, text });
  }
  return messages;
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {(Node | string)[]} children
 */
function element(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** @param {string} text */
function formatted(text) {
  if (text.length > LONGEST_FORMATTED) return [text];
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const kind = INLINE_TAGS.findIndex((_, index) => match[index + 1] !== undefined);
    pieces.push(text.slice(end, match.index), element(INLINE_TAGS[kind], "", match[kind + 1]));
    end = match.index + match[0].length;
  }
  return [...pieces, text.slice(end)];
}

/** @param {Block} block */
function drawn(block) {
  if ("items" in block)
    return element(block.tag, "", ...block.items.map((item) => element("li", "", ...formatted(item))));
  if (block.tag === "pre") {
    const code = element("pre", "", element("code", "", block.text));
    if (block.language === undefined) return code;
    return element("figure", "code", element("figcaption", "", block.language), code);
  }
  return element(block.tag, "", ...formatted(block.text));
}

/** @param {{ role?: string, text: string }} message */
function article({ role, text }) {
  if (role !== "user") {
    const answer = element("div", "formatted wrap-anywhere", ...blocksOf(text).map(drawn));
    answer.style.marginBottom = "2.25rem"; // where the page has its buttons
    return element("article", "py-3", answer);
  }
  const words = element("div", "whitespace-pre-wrap leading-[1.65] wrap-anywhere", text);
  words.dir = "auto";
  if (text.length > LONG_QUESTION || text.split("\n").length > LONG_QUESTION_LINES)
    words.classList.add("folded");
  const bubble = element("div", "min-w-0 max-w-[82%] rounded-2xl rounded-br-md bg-bubble px-4 py-2.5", words);
  return element("article", "py-3", element("div", "flex flex-row-reverse", bubble));
}

/**
 * Lays the messages over the place where the page will show them, until it does.
 *
 * @param {Record<string, Words>} found
 */
function show(found) {
  if (!document.body) return void requestAnimationFrame(() => show(found)); // it has not come yet
  const path = location.pathname;
  const messages = lastMessages(found);
  if (!messages.length) return;
  // React leaves elements of a kind alone that it did not make.
  const early = element(
    "early-text",
    "",
    element("div", "mx-auto w-full max-w-column shrink-0 px-gutter pb-10 pt-4"),
  );
  early.dataset.testid = "early-text";
  early.role = "region";
  early.ariaLabel = String(window.webchatWords?.messages.Conversation ?? "Conversation");
  early.firstElementChild?.append(...messages.map(article));
  document.body.append(early);
  let frames = 0;
  let missing = 0;
  const follow = () => {
    const place = document.querySelector('[data-testid="transcript"], [data-testid="conversation-skeleton"]');
    const isShown = document
      .querySelector('[data-testid="transcript"] [data-testid="message-text"]')
      ?.checkVisibility({
        visibilityProperty: true,
      });
    missing = place ? 0 : missing + 1;
    frames += 1;
    // From here on nothing moves, even if a slow line brings the typeface now.
    if (frames === FRAMES_FOR_TYPEFACE && !document.fonts.check(TYPEFACE))
      early.style.fontFamily = "var(--font-text-fallback)";
    if (isShown || missing > MOST_FRAMES || location.pathname !== path) return early.remove();
    const main = place?.closest("main");
    if (place && main) {
      const { left, width } = main.getBoundingClientRect();
      const { top, height } = place.getBoundingClientRect();
      const inset = `${top}px auto auto ${left}px`;
      Object.assign(early.style, { inset, width: `${width}px`, height: `${height}px` });
    }
    requestAnimationFrame(follow);
  };
  follow();
}

function start() {
  const base = new URL("./", import.meta.url).pathname.replace(/\/$/, ""); // the path under which webchat is served
  const id = /^\/c\/([\w-]+)\/?$/.exec(location.pathname.slice(base.length))?.[1];
  if (!id) return;
  const around = encodeURIComponent(new URLSearchParams(location.search).get("message") ?? "");
  // The page's response told the browser to begin with this request (http/early_messages.py).
  const address = `${base}/api/conversations/${id}/messages?around=${around}`;
  const found = fetch(address)
    .then((response) => (response.ok ? response.json() : {}))
    .catch(() => ({})); // the page says what fails
  window.earlyMessages = { address, found };
  // With the next frame: before the first one there are no styles, and everything is somewhere else.
  if (!around) found.then((messages) => requestAnimationFrame(() => show(messages)));
}

if (typeof location !== "undefined") start();
