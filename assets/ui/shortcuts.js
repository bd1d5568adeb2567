// The keyboard shortcuts: the one table that the handlers, the palette, the list of keys and Settings share.
// Keys are written as `Mod+Alt+Shift+K`; `Mod` is Cmd on a Mac and Ctrl elsewhere.

import { t } from "./words.js";

/**
 * @typedef {{
 *   id: string,
 *   name: string,
 *   keys: string,
 *   place: "Anywhere" | "Conversation",
 *   inEmptyComposer?: boolean,
 *   hidden?: boolean,
 * }} Shortcut `inEmptyComposer`: only there; `hidden`: not a command of the palette
 */

/** @type {Shortcut[]} */
export const SHORTCUTS = [
  { id: "palette", name: t("Search and commands"), keys: "Mod+K", place: "Anywhere", hidden: true },
  { id: "new-chat", name: t("New chat"), keys: "Mod+Shift+O", place: "Anywhere" },
  { id: "sidebar", name: t("Show or hide the sidebar"), keys: "Mod+Shift+S", place: "Anywhere" },
  { id: "message-box", name: t("Go to the message box"), keys: "Shift+Escape", place: "Anywhere" },
  { id: "attach", name: t("Attach files"), keys: "Mod+U", place: "Anywhere" },
  {
    id: "field",
    name: t("Go to the message box, or to the search field in History"),
    keys: "/",
    place: "Anywhere",
    hidden: true,
  },
  { id: "shortcuts", name: t("Show all keyboard shortcuts"), keys: "Mod+/", place: "Anywhere" },
  { id: "copy-answer", name: t("Copy the last answer"), keys: "Mod+Shift+C", place: "Conversation" },
  { id: "copy-code", name: t("Copy the last code block"), keys: "Mod+Shift+;", place: "Conversation" },
  {
    id: "edit-last",
    name: t("Edit your last message (in the empty message box)"),
    keys: "ArrowUp",
    place: "Conversation",
    inEmptyComposer: true,
  },
  { id: "stop", name: t("Stop the answer"), keys: "Escape", place: "Conversation" },
  {
    id: "delete",
    name: t("Delete this conversation"),
    keys: "Mod+Shift+Backspace",
    place: "Conversation",
  },
];

const SIGNS = /** @type {Record<string, string>} */ ({
  Semicolon: ";",
  Slash: "/",
  Comma: ",",
  Period: ".",
  Quote: "'",
  BracketLeft: "[",
  BracketRight: "]",
  Backslash: "\\",
  Minus: "-",
  Equal: "=",
  Backquote: "`",
  Space: "Space",
});
const NAMES = /** @type {Record<string, string>} */ ({
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
});
const MODIFIERS = new Set([
  "Control",
  "Meta",
  "Alt",
  "AltGraph",
  "Shift",
  "CapsLock",
  "Fn",
  "Dead",
  "Process",
]);
const OF_THE_BROWSER = new Set(
  "Mod+N Mod+T Mod+W Mod+Q Mod+Shift+N Mod+Shift+T Mod+Shift+W Mod+Shift+Q Alt+F4 F11 F12".split(" "),
);
const OF_TEXT_FIELDS = new Set(
  "Mod+A Mod+C Mod+V Mod+X Mod+Y Mod+Z Mod+Shift+Z Mod+Shift+V Enter Shift+Enter Tab Shift+Tab Space Backspace Delete ArrowDown ArrowLeft ArrowRight Home End PageUp PageDown".split(
    " ",
  ),
);

/** @typedef {Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">} KeyPress */

/** Whether this is a Mac or an iPad, whose shortcuts use Cmd. */
export const isMac = () => /Mac|iPhone|iPad/.test(navigator.platform);

/**
 * The keys of every shortcut by its id, empty for one that is off.
 *
 * @param {Record<string, string>} changed those that differ from the table
 */
export const bindings = (changed) =>
  Object.fromEntries(SHORTCUTS.map(({ id, keys }) => [id, changed[id] ?? keys]));

/** @param {string} keys */
function parts(keys) {
  const [, modifiers = "", key = ""] = /^((?:(?:Mod|Alt|Shift)\+)*)(.+)$/.exec(keys) ?? [];
  return {
    mod: modifiers.includes("Mod"),
    alt: modifiers.includes("Alt"),
    shift: modifiers.includes("Shift"),
    key,
  };
}

/**
 * The names of the key that was pressed. The place of a key counts where its layout has no Latin letters.
 *
 * @param {KeyPress} event
 */
function keysOf({ key, code }) {
  const typed = key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key;
  if (/^[A-Z]$/.test(typed)) return [typed];
  const place = /^(?:Key|Digit)(.)$/.exec(code)?.[1] ?? SIGNS[code];
  return place ? [place, typed] : [typed];
}

/**
 * Whether these keys were pressed, and no others.
 *
 * @param {KeyPress} event
 * @param {string} keys
 * @param {boolean} mac
 */
export function isPressed(event, keys, mac) {
  if (!keys) return false;
  const { mod, alt, shift, key } = parts(keys);
  const [command, other] = mac ? [event.metaKey, event.ctrlKey] : [event.ctrlKey, event.metaKey];
  if (command !== mod || other || event.altKey !== alt) return false;
  if (event.shiftKey === shift) return keysOf(event).includes(key);
  return event.shiftKey && event.key === key && /^[^A-Z0-9]$/.test(key); // a sign that is typed with Shift
}

/**
 * The keys that were pressed as text; empty while only modifiers are held.
 *
 * @param {KeyPress} event
 * @param {boolean} mac
 */
export function recorded(event, mac) {
  if (MODIFIERS.has(event.key)) return "";
  const held = [
    (mac ? event.metaKey : event.ctrlKey) && "Mod",
    event.altKey && "Alt",
    event.shiftKey && "Shift",
  ];
  return [...held.filter(Boolean), keysOf(event)[0]].join("+");
}

/**
 * The keys as a person reads them.
 *
 * @param {string} keys
 * @param {boolean} mac
 */
export function keyNames(keys, mac) {
  const { mod, alt, shift, key } = parts(keys);
  const held = mac ? [alt && "⌥", shift && "⇧", mod && "⌘"] : [mod && "Ctrl", alt && "Alt", shift && "Shift"];
  return [...held, NAMES[key] ?? key].filter(Boolean).join(mac ? "" : "+");
}

/**
 * Whether the keys work in a text field too: those that type or move the caret do not.
 *
 * @param {string} keys
 */
export function worksWhileTyping(keys) {
  const { mod, alt, key } = parts(keys);
  return mod || alt || key === "Escape" || /^F\d+$/.test(key);
}

/**
 * Why a shortcut cannot have these keys; empty if it can. Every shortcut can have its default, if no other
 * has it.
 *
 * @param {string} id
 * @param {string} keys
 * @param {Record<string, string>} changed
 * @param {boolean} mac
 */
export function problemWith(id, keys, changed, mac) {
  const shown = keyNames(keys, mac);
  const all = bindings(changed);
  const taken = SHORTCUTS.find((each) => each.id !== id && all[each.id] === keys)?.name;
  if (taken)
    return t("{keys} is already used for “{name}”. Change that one first.", { keys: shown, name: taken });
  if (SHORTCUTS.some((each) => each.id === id && each.keys === keys)) return "";
  if (OF_THE_BROWSER.has(keys))
    return t("{keys} belongs to the browser. Choose other keys.", { keys: shown });
  if (OF_TEXT_FIELDS.has(keys)) return t("{keys} is needed for writing. Choose other keys.", { keys: shown });
  if (!/^[!-~]+$/.test(keys)) return t("This key cannot be used. Choose another one.");
  return "";
}
