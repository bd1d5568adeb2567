// What shortcuts, the palette and the commands of the composer do. The page provides it (commands.jsx).

import { pagePath } from "./base.js";

/**
 * @typedef {{
 *   run: (id: string, argument?: string) => boolean,
 *   models: import("./model_groups.js").Model[],
 *   assistants: import("./palette_items.js").Assistant[],
 *   hasMessages: boolean,
 *   temporary: boolean,
 * }} Acts `run` returns whether there was something to do
 */

/** @type {Acts} */
let provided = { run: () => false, models: [], assistants: [], hasMessages: false, temporary: false };

/** @type {Set<() => void>} */
const listeners = new Set();

/** @param {Acts} acts */
export const provideActs = (acts) => {
  provided = acts;
  for (const listener of listeners) listener();
};

export const currentActs = () => provided;

/**
 * Calls `listener` when what the page provides has changed; returns a function that unsubscribes.
 *
 * @param {() => void} listener
 */
export function subscribeToActs(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * The id of the conversation on screen; empty on other pages and before the first message.
 */
export const conversationOnScreen = () =>
  pagePath().startsWith("/c/") ? pagePath().slice("/c/".length) : "";

/** The formats of exports, by the name that the server knows. */
export const EXPORT_FORMATS = [
  { format: "markdown", name: "Markdown" },
  { format: "json", name: "JSON" },
  { format: "html", name: "HTML" },
];
