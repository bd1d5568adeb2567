// Edits one of the user's own messages; saving sends it on a new branch.

import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { elementOf } from "../ui/element_of.js";
import { t } from "../ui/words.js";
import { FileThumbnail } from "./file_thumbnail.jsx";
import { enterInsertsLineBreak } from "./keyboard.js";
import { filesOf, textOf } from "./message_parts.js";
import { newId } from "./outbox.js";
import { useMessage } from "./use_message.js";
import { SmallButton } from "./waiting_message.jsx";

/**
 * The files that the message keeps.
 *
 * @param {{ files: import("./message_parts.js").FilePart[], onRemove: (id: string) => void }} props
 */
function KeptFiles({ files, onRemove }) {
  if (!files.length) return null;
  return (
    <ul aria-label={t("Attached files")} className="mb-2 flex flex-wrap gap-1.5">
      {files.map((file) => (
        <li
          key={file.id}
          data-testid="kept-file"
          className="flex max-w-full items-center gap-2 rounded-xl border border-border bg-background p-1.5 text-sm"
        >
          <FileThumbnail file={file} />
          <span className="min-w-0 max-w-48 truncate">{file.name}</span>
          <SmallButton
            testid="kept-file-remove"
            label={t("Remove {name}", { name: file.name })}
            onClick={() => onRemove(file.id)}
          >
            <X size={15} aria-hidden />
          </SmallButton>
        </li>
      ))}
    </ul>
  );
}

/**
 * A field that edits one of the user's own messages. An edit saved while `offline` is sent on reconnection.
 *
 * @param {{
 *   messageId: string,
 *   offline: boolean,
 *   onSave?: (messageId: string, text: string, clientId: string, files: string[]) => void,
 *   onCancel?: () => void,
 * }} props as of `MessageEditor` in webchat/components/react.py
 */
export function MessageEditor({ messageId, offline, onSave, onCancel }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const saved = useRef({ content: "", id: "" });
  const { parts } = useMessage(messageId, false); // empty until it is loaded
  const original = textOf(parts);
  const [removed, setRemoved] = useState(/** @type {string[]} */ ([]));
  const files = filesOf(parts).filter(({ id }) => !removed.includes(id));
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const text = typed ?? original;
  const [waiting, setWaiting] = useState(false); // for the connection

  useEffect(() => {
    const box = elementOf(area);
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }, []);

  // Saving the same again, for want of a response, repeats the same edit.
  const empty = !text.trim() && !files.length;
  const save = () => {
    if (empty) return;
    const ids = files.map(({ id }) => id);
    const content = JSON.stringify([text, ids]);
    if (saved.current.content !== content) saved.current = { content, id: newId() };
    setWaiting(offline);
    if (!offline) onSave?.(messageId, text, saved.current.id, ids);
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
      <KeptFiles
        files={files}
        onRemove={(id) => {
          setRemoved([...removed, id]);
          setWaiting(false);
        }}
      />
      <textarea
        ref={area}
        data-testid="message-editor"
        aria-label={t("Edit your message")}
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
            ? t("Sends when you're back online.")
            : offline
              ? t("You're offline. Your text is kept here.")
              : t("Your original message is kept.")}
        </span>
        <button
          type="button"
          data-online=""
          onClick={() => onCancel?.()}
          className="rounded-lg px-2.5 py-1.5 text-muted-foreground hover:bg-muted"
        >
          {t("Cancel")}
        </button>
        <button
          type="button"
          data-testid="edit-save"
          onClick={save}
          disabled={empty}
          className="rounded-lg bg-primary px-3.5 py-1.5 font-medium text-primary-foreground hover:brightness-95 disabled:opacity-50"
        >
          {t("Send")}
        </button>
      </div>
    </div>
  );
}
