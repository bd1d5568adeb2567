// Says why nothing happens: what needs the server while it cannot be reached, and files that are dropped.
// Controls that need the server carry `data-online`; all forms do.

import { useEffect, useState } from "react";
import { X } from "lucide-react";

const NOTHING_DONE = "You're offline. Nothing was changed. Try again when you're back online.";
const NOT_SAVED = "You're offline. This change was not saved. Try again when you're back online.";
const OPENS_LATER = "You're offline. The page will open when you're back online.";
const NO_FILES = "Files can't be added to a chat yet. Nothing was uploaded. Paste the text instead.";

const OWN_FIELDS = '[data-testid="composer"], [data-testid="message-editor"], [data-testid="model-search"]';
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
const toAnotherPage = (link) => link.origin === location.origin && !link.target && !link.download && !link.hash;

// What a click, a change or a submitted form would have needed the server for; empty where it needs none.
function missedBy({ type, target }) {
  if (type === "submit") return NOTHING_DONE;
  if (type === "change") return target.matches(OWN_FIELDS) ? "" : NOT_SAVED;
  const control = target.closest?.("button, a[href], summary");
  if (control?.matches("[data-online]")) return NOTHING_DONE;
  return control?.matches("a") && toAnotherPage(control) ? OPENS_LATER : "";
}

export function PageNotice({ offline }) {
  const [text, setText] = useState("");

  useEffect(() => {
    setText("");
    if (!offline) return undefined;
    const listen = (event) => {
      const missed = missedBy(event);
      if (!missed) return;
      if (missed === NOTHING_DONE) {
        event.preventDefault();
        event.stopPropagation();
      }
      setText(missed);
    };
    const types = ["click", "change", "submit"];
    types.forEach((type) => window.addEventListener(type, listen, true));
    return () => types.forEach((type) => window.removeEventListener(type, listen, true));
  }, [offline]);

  // A browser would leave the page and show the file.
  useEffect(() => {
    const over = (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "none";
    };
    const drop = (event) => {
      if (!hasFiles(event)) return;
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
  // Below the head of the page and the line that says that the connection is lost, which takes two lines on a phone.
  return (
    <div
      role="status"
      data-testid="page-notice"
      className="absolute left-1/2 top-28 z-50 flex w-max max-w-[calc(100%-2rem)] -translate-x-1/2 items-center gap-3 rounded-xl border border-border bg-card py-2 pl-4 pr-2 text-sm shadow-xl md:top-22"
    >
      <p className="min-w-0 flex-1">{text}</p>
      <button type="button" aria-label="Dismiss" onClick={() => setText("")} className="grid size-7 place-items-center rounded-md hover:bg-muted">
        <X size={15} aria-hidden />
      </button>
    </div>
  );
}
