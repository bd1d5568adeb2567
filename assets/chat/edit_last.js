// Opens the last question for editing: at once, or as soon as it is there and its answer has ended. Whoever
// writes, clicks or goes elsewhere meanwhile has changed their mind.

import { conversationOnScreen } from "../ui/acts.js";
import { readOutbox } from "./outbox.js";

const QUESTION = '[data-testid="message"][data-role="user"]';
const COMPOSER = '[data-testid="composer"]';
const CHANGES = /** @type {const} */ (["input", "focusin", "pointerdown"]);

let forget = () => {};

/** Whether the last question is still to come, or may not be edited yet. */
const mustWait = () =>
  readOutbox().length > 0 ||
  !!document.querySelector('[data-testid="stop"]') ||
  (!!conversationOnScreen() && !document.querySelector(QUESTION));

/** Opens the editor; returns whether there was a question that could be edited. */
function open() {
  const last = [...document.querySelectorAll(QUESTION)].at(-1);
  const button = last?.querySelector('[data-testid="edit"]');
  if (!(button instanceof HTMLButtonElement) || button.disabled) return false;
  button.click();
  return true;
}

/**
 * Edits the last question; returns whether there is one or will be one.
 *
 * @param {() => void} onWait called if it opens later
 */
function editLast(onWait) {
  forget();
  if (!mustWait()) return open();
  const begun = conversationOnScreen();
  const watcher = new MutationObserver(() => {
    const moved = !!begun && conversationOnScreen() !== begun; // a new chat gets its address only now
    if (moved || (!mustWait() && open())) forget();
  });
  const changed = (/** @type {Event} */ { type, target }) => {
    const inComposer = target instanceof Element && target.matches(COMPOSER);
    if (type !== "focusin" || !inComposer) forget();
  };
  forget = () => {
    watcher.disconnect();
    for (const type of CHANGES) window.removeEventListener(type, changed, true);
    forget = () => {};
  };
  for (const type of CHANGES) window.addEventListener(type, changed, true);
  watcher.observe(document.body, { subtree: true, childList: true, attributeFilter: ["disabled"] });
  onWait();
  return true;
}

/** Edits the last question where a key or command asks for it; returns a function that stops. */
export function listenForEditLast() {
  const listen = (/** @type {Event} */ event) => {
    if (event instanceof CustomEvent && editLast(event.detail.onWait)) event.preventDefault(); // tells that there is one
  };
  window.addEventListener("webchat:edit-last", listen);
  return () => window.removeEventListener("webchat:edit-last", listen);
}
