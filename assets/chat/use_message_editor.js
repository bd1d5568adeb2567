// The state and event handlers of an edit of a message: its text, the files it keeps and those it adds.

import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { elementOf } from "../ui/element_of.js";
import { attachmentsOf, dropAttachments, FAILED_FILES, listOfEdit, stateOfAll } from "./attachment_list.js";
import { removeAttachment } from "./attachments.js";
import { enterInsertsLineBreak } from "./keyboard.js";
import { filesOf, textOf } from "./message_parts.js";
import { newId } from "./outbox.js";
import { pastedFiles } from "./pasted_files.js";
import { useAttachments } from "./use_attachments.js";
import { useDroppedFiles } from "./use_given_files.js";
import { useMessage } from "./use_message.js";

/**
 * @typedef {{
 *   messageId: string,
 *   offline: boolean,
 *   model: string,
 *   models?: string[],
 *   choices?: import("../ui/model_groups.js").Model[],
 *   modelSees?: boolean,
 *   takesPictures?: boolean,
 *   refusedId?: string,
 *   onSave?: (messageId: string, text: string, clientId: string, files: string[]) => void,
 *   onCancel?: () => void,
 *   onPickModel?: (model: string) => void,
 * }} Options as of `MessageEditor` in webchat/components/react_chat.py
 */

/**
 * Takes the files that an edit adds off the list. They stay on the server if the edit is on its way.
 *
 * @param {string} list what `listOfEdit` returned
 * @param {boolean} sent
 */
function close(list, sent) {
  const keys = attachmentsOf(list).map(({ key }) => key);
  if (sent) dropAttachments(keys);
  else keys.forEach(removeAttachment);
}

/** @param {Options} options */
export function useMessageEditor({ messageId, offline, refusedId, onSave, onCancel }) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const saved = useRef({ content: "", id: "" });
  const list = listOfEdit(messageId);
  const { parts } = useMessage(messageId, false); // empty until it is loaded
  const [removed, setRemoved] = useState(/** @type {string[]} */ ([]));
  const kept = filesOf(parts).filter(({ id }) => !removed.includes(id));
  const added = useAttachments(list, !offline, kept.length);
  const drop = useDroppedFiles(area, "[data-takes-files]", added.add);
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const text = typed ?? textOf(parts);
  const [waiting, setWaiting] = useState(false); // for the connection or the uploads
  const [problem, setProblem] = useState("");

  useEffect(() => {
    const box = elementOf(area);
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }, []);
  useEffect(() => () => close(list, saved.current.id !== ""), [list]);

  // Saving the same again, for want of a response, repeats the same edit.
  const empty = !text.trim() && !kept.length && !added.list.length;
  const save = () => {
    if (empty) return;
    const attached = attachmentsOf(list);
    const state = stateOfAll(attached, !offline); // read anew: with the connection, uploads have begun again
    setProblem(state === "failed" ? FAILED_FILES : "");
    setWaiting(state !== "failed" && (offline || state === "busy"));
    if (offline || state !== "ready") return;
    const ids = [...kept, ...attached].map(({ id }) => id);
    const content = JSON.stringify([text, ids]);
    if (saved.current.content !== content) saved.current = { content, id: newId() };
    onSave?.(messageId, text, saved.current.id, ids);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a connection or the end of an upload sends it
  useEffect(() => {
    if (waiting) save();
  }, [waiting, offline, added.state]);

  // What was refused is not on its way: its files go when the edit is left, and saving it again is another edit.
  useLayoutEffect(() => {
    if (refusedId && refusedId === saved.current.id) saved.current = { content: "", id: "" };
  }, [refusedId]);

  // The server keeps the files if it has accepted the edit after all.
  const cancel = () => {
    saved.current = { content: "", id: "" };
    onCancel?.();
  };
  const changed = () => {
    setWaiting(false);
    setProblem("");
  };
  const keyDown = (/** @type {import("react").KeyboardEvent} */ event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      cancel();
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
  const paste = (/** @type {import("react").ClipboardEvent} */ event) => {
    const files = pastedFiles(event.clipboardData);
    if (!files.length) return;
    event.preventDefault();
    added.add(files);
  };
  return {
    ...{ area, text, kept, added, drop, empty, waiting, problem: problem || added.problem },
    ...{ save, cancel, keyDown, paste },
    change: (/** @type {string} */ next) => {
      setTyped(next);
      changed();
    },
    remove: (/** @type {string} */ id) => {
      setRemoved([...removed, id]);
      changed();
    },
  };
}
