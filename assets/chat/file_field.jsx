// The files of an assistant as a field of its form: added, looked at, cut and removed as those of a message.

import { Paperclip } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { elementOf } from "../ui/element_of.js";
import { ngettext, t } from "../ui/words.js";
import { AttachButton } from "./attach_button.jsx";
import { AttachmentChips } from "./attachment_chips.jsx";
import {
  attachmentsOf,
  changeAttachment,
  dropAttachments,
  listOfEdit,
  stateOfAll,
} from "./attachment_list.js";
import { listFiles, removeAttachment } from "./attachments.js";
import { BlindModelNote } from "./blind_model_note.jsx";
import { DropTarget } from "./drop_target.jsx";
import { MOST_FILES } from "./file_kinds.js";
import { pastedFiles } from "./pasted_files.js";
import { sizeText } from "./sizes.js";
import { useAttachments } from "./use_attachments.js";
import { useDroppedFiles } from "./use_given_files.js";

const LIST = listOfEdit("assistant");
const LIMIT = t("Pictures, PDF, Office and text files, at most {most} for an assistant", {
  most: MOST_FILES,
});
const FAILED = t("A file was not uploaded. Upload it again or remove it, then save.");

/** @param {number} left how many files were not added */
const tooMany = (left) =>
  ngettext(
    "An assistant can have {most} files. {count} was not added.",
    "An assistant can have {most} files. {count} were not added.",
    left,
    { most: MOST_FILES },
  );

/**
 * Takes a file off the list, and off the server unless the assistant has it: the form may not be saved.
 *
 * @param {readonly { id: string }[]} given those that the assistant has
 * @param {string} key
 */
function remove(given, key) {
  const known = attachmentsOf(LIST).find((each) => each.key === key);
  if (given.some(({ id }) => id === known?.id)) dropAttachments([key]);
  else removeAttachment(key);
}

/**
 * Sets how many tokens of a document the model gets once the form is saved; null for all.
 *
 * @param {string} key
 * @param {number | null} tokens
 */
const cut = async (key, tokens) => changeAttachment(key, { cut: tokens });

/** What the form says of a file. @param {{ id: string, cut: number | null }} file */
const entryOf = ({ id, cut }) => (cut ? `${id}:${cut}` : id);

/**
 * The field `files` of a form, with the ids of the files, each with `:` and its tokens if it is cut. A form that is submitted before they are uploaded is submitted
 * after that.
 *
 * @param {{
 *   files: import("./file_requests.js").ServerFile[],
 *   mostBytes: number,
 *   offline: boolean,
 *   choices: import("../ui/model_groups.js").Model[],
 *   model: string,
 *   onPickModel?: (model: string) => void,
 * }} props as of `FileField` in webchat/components/react_chat.py
 */
export function FileField({ files, mostBytes, offline, choices, model, onPickModel }) {
  const inside = useRef(/** @type {HTMLElement | null} */ (null));
  const label = useId();
  const given = useRef(files);
  const submitted = useRef(false);
  const [waiting, setWaiting] = useState(false); // until the files are uploaded
  const [failed, setFailed] = useState(false);
  const { list, add, problem, state } = useAttachments(LIST, !offline, 0, tooMany);
  const drop = useDroppedFiles(inside, "dialog", add);
  const bytes = list.reduce((sum, { size }) => sum + size, 0);
  const tooLarge = bytes > mostBytes;

  useEffect(() => {
    listFiles(LIST, given.current);
    return () => {
      const keys = attachmentsOf(LIST).map(({ key }) => key);
      if (submitted.current) dropAttachments(keys);
      else for (const key of keys) remove(given.current, key);
    };
  }, []);

  useEffect(() => {
    const form = elementOf(inside).closest("form");
    const submit = (/** @type {SubmitEvent} */ event) => {
      const now = stateOfAll(attachmentsOf(LIST), !offline);
      setFailed(now === "failed");
      setWaiting(now === "busy");
      submitted.current = now === "ready";
      if (now !== "ready") event.stopPropagation(); // React listens further up
      if (now !== "ready") event.preventDefault();
    };
    const paste = (/** @type {ClipboardEvent} */ event) => {
      const pasted = pastedFiles(event.clipboardData);
      if (!pasted.length) return;
      event.preventDefault();
      add(pasted);
    };
    form?.addEventListener("submit", submit);
    form?.addEventListener("paste", paste);
    return () => {
      form?.removeEventListener("submit", submit);
      form?.removeEventListener("paste", paste);
    };
  }, [offline, add]);

  useEffect(() => {
    if (state !== "failed") setFailed(false);
    if (!waiting || state === "busy") return;
    setWaiting(false);
    elementOf(inside).closest("form")?.requestSubmit();
  }, [waiting, state]);

  const wrong =
    (failed ? FAILED : problem) ||
    (tooLarge ? t("The files can have at most {size} together.", { size: sizeText(mostBytes) }) : "");
  return (
    <section ref={inside} aria-labelledby={label} data-takes-files="" data-testid="assistant-files">
      <div className="mb-1.5 flex items-center justify-between gap-3">
        <span id={label} className="text-sm font-medium">
          {t("Files")}
        </span>
        <AttachButton onFiles={add} />
      </div>
      <input type="hidden" name="files" value={list.map(entryOf).join(" ")} />
      <BlindModelNote
        models={choices}
        chosen={{
          id: model,
          sees: choices.some(({ id, sees }) => id === model && sees),
          takesPictures: true,
        }}
        files={list}
        onPick={onPickModel}
      />
      <AttachmentChips
        attachments={list}
        offline={offline}
        onRemove={(key) => remove(given.current, key)}
        onCut={cut}
      />
      {!list.length && (
        <p className="flex items-center justify-center gap-2 rounded-xl border border-dashed border-border px-3 py-4 text-center text-sm text-muted-foreground">
          <Paperclip size={15} aria-hidden className="shrink-0" />
          {t("Add files with the button, paste them or drop them here.")}
        </p>
      )}
      {wrong && (
        <p role="alert" data-testid="assistant-files-problem" className="mt-1.5 text-sm text-danger">
          {wrong}
        </p>
      )}
      <p role="status" className="mt-1.5 text-xs text-muted-foreground">
        {waiting
          ? t("Saves when the files are uploaded.")
          : t("New chats give them to the model with each question. Chats that have begun keep theirs.")}
      </p>
      {list.some(({ kind }) => kind === "picture") && (
        <p className="mt-1 text-xs text-muted-foreground">
          {t("A model that is not known to see pictures gets their names only.")}
        </p>
      )}
      <DropTarget {...drop} limit={LIMIT} />
    </section>
  );
}
