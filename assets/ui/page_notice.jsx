// A notice for actions that had no effect. Controls that need the server have `data-online`; so do all forms.

import { useEffect, useState } from "react";
import { hasFiles } from "./dragged_files.js";
import { Notice } from "./notice.jsx";
import { t } from "./words.js";

const NOTHING_DONE = t("You're offline. Nothing was changed. Try again when you're back online.");
const NOT_SAVED = t("You're offline. This change was not saved. Try again when you're back online.");
const OPENS_LATER = t("You're offline. The page will open when you're back online.");
const NO_FILES = t("Nothing was uploaded. Drop files on a conversation to attach them.");

const LOCAL_FIELDS =
  '[data-testid="composer"], [data-testid="message-editor"], [data-testid="model-search"], [data-testid="palette-search"], [type="file"]';

/** Whether files are dragged where nothing takes them. @param {DragEvent} event */
const nobodyTakes = (event) => !event.defaultPrevented && hasFiles(event);

/** @param {HTMLAnchorElement} link */
const toAnotherPage = (link) =>
  link.origin === location.origin && !link.target && !link.download && !link.hash;

/**
 * The notice for an event (click, change or submit) that needs the server; empty if it does not.
 *
 * @param {Event} event
 */
function noticeFor({ type, target }) {
  if (type === "submit") return NOTHING_DONE;
  if (!(target instanceof Element)) return "";
  if (type === "change") return target.matches(LOCAL_FIELDS) ? "" : NOT_SAVED;
  const control = target.closest("button, a[href], summary");
  if (control?.matches("[data-online]")) return NOTHING_DONE;
  return control instanceof HTMLAnchorElement && toAnotherPage(control) ? OPENS_LATER : "";
}

/**
 * Shows a notice when an action needs the server while `offline`, or when files are dropped where nothing takes them.
 *
 * @param {{ offline: boolean }} props
 */
export function PageNotice({ offline }) {
  const [text, setText] = useState("");

  useEffect(() => {
    setText("");
    if (!offline) return undefined;
    const listen = (/** @type {Event} */ event) => {
      const notice = noticeFor(event);
      if (!notice) return;
      if (notice === NOTHING_DONE) {
        event.preventDefault();
        event.stopPropagation();
      }
      setText(notice);
    };
    const types = ["click", "change", "submit"];
    for (const type of types) window.addEventListener(type, listen, true);
    return () => {
      for (const type of types) window.removeEventListener(type, listen, true);
    };
  }, [offline]);

  // By default, the browser would navigate to the file.
  useEffect(() => {
    const over = (/** @type {DragEvent} */ event) => {
      if (!nobodyTakes(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "none";
    };
    const drop = (/** @type {DragEvent} */ event) => {
      if (!nobodyTakes(event)) return;
      event.preventDefault();
      setText(NO_FILES);
    };
    window.addEventListener("dragover", over);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("drop", drop);
    };
  }, []);

  if (!text) return null;
  return (
    <Notice testid="page-notice" about={text} onDismiss={() => setText("")}>
      <p className="min-w-0 flex-1">{text}</p>
    </Notice>
  );
}
