// Edits one of the user's own messages; saving sends it on a new branch.

import { useEffect, useRef, useState } from "react";
import { elementOf } from "../ui/element_of.js";
import { enterInsertsLineBreak } from "./keyboard.js";
import { textOf } from "./message_parts.js";
import { newId } from "./outbox.js";
import { useMessage } from "./use_message.js";

/**
 * A field that edits one of the user's own messages. An edit saved while `offline` is sent on reconnection.
 *
 * @param {{
 *   messageId: string,
 *   offline: boolean,
 *   onSave?: (messageId: string, text: string, clientId: string) => void,
 *   onCancel?: () => void,
 * }} props as of `MessageEditor` in webchat/components/react.py
 */
export function MessageEditor({ messageId, offline, onSave, onCancel }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const saved = useRef({ text: "", id: "" });
  const original = textOf(useMessage(messageId, false).parts); // empty until it is loaded
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const text = typed ?? original;
  const [waiting, setWaiting] = useState(false); // for the connection

  useEffect(() => {
    const box = elementOf(area);
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }, []);

  // Saving the same text again, for want of a response, repeats the same edit.
  const save = () => {
    if (!text.trim()) return;
    if (saved.current.text !== text) saved.current = { text, id: newId() };
    setWaiting(offline);
    if (!offline) onSave?.(messageId, text, saved.current.id);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new connection sends it
  useEffect(() => {
    if (waiting && !offline) save();
  }, [waiting, offline]);
  const keyDown = (/** @type {import("react").KeyboardEvent} */ event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      onCancel?.();
    } else if (
      event.key === "Enter" &&
      !event.shiftKey &&
      !event.nativeEvent.isComposing &&
      !enterInsertsLineBreak()
    ) {
      event.preventDefault();
      save();
    }
  };

  return (
    <div className="w-full rounded-2xl border border-primary bg-card p-3">
      <textarea
        ref={area}
        data-testid="message-editor"
        aria-label="Edit your message"
        value={text}
        rows={Math.min(12, text.split("\n").length + 1)}
        onChange={(event) => {
          setTyped(event.target.value);
          setWaiting(false);
        }}
        onKeyDown={keyDown}
        dir="auto"
        className="w-full resize-y bg-transparent leading-7 outline-none"
      />
      <div className="mt-2 flex flex-wrap items-center justify-end gap-2 text-sm">
        <span role="status" data-testid="edit-note" className="mr-auto text-xs text-muted-foreground">
          {waiting
            ? "Sends when you're back online."
            : offline
              ? "You're offline. Your text is kept here."
              : "Your original message is kept."}
        </span>
        <button
          type="button"
          data-online=""
          onClick={() => onCancel?.()}
          className="rounded-lg px-2.5 py-1.5 text-muted-foreground hover:bg-muted"
        >
          Cancel
        </button>
        <button
          type="button"
          data-testid="edit-save"
          onClick={save}
          disabled={!text.trim()}
          className="rounded-lg bg-primary px-3.5 py-1.5 font-medium text-primary-foreground hover:brightness-95 disabled:opacity-50"
        >
          Send
        </button>
      </div>
    </div>
  );
}
