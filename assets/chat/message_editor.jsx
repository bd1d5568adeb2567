// Edits one of the user's own messages; saving sends it on a new branch.

import { X } from "lucide-react";
import { t } from "../ui/words.js";
import { AttachButton } from "./attach_button.jsx";
import { AttachmentChips } from "./attachment_chips.jsx";
import { BlindModelNote } from "./blind_model_note.jsx";
import { DropTarget } from "./drop_target.jsx";
import { FileThumbnail } from "./file_thumbnail.jsx";
import { chosenModel } from "./seeing_models.js";
import { useMessageEditor } from "./use_message_editor.js";
import { SmallButton } from "./waiting_message.jsx";

/**
 * The files that the message keeps.
 *
 * @param {{ files: import("./message_parts.js").FilePart[], onRemove: (id: string) => void }} props
 */
function KeptFiles({ files, onRemove }) {
  if (!files.length) return null;
  return (
    <ul aria-label={t("Files of the original message")} className="mb-2 flex flex-wrap gap-1.5">
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
 * What happens when the edit is saved.
 *
 * @param {boolean} offline
 * @param {boolean} waiting
 */
function noteOf(offline, waiting) {
  if (waiting) return offline ? t("Sends when you're back online.") : t("Sends when the files are uploaded.");
  return offline ? t("You're offline. Your text is kept here.") : t("Your original message is kept.");
}

/**
 * A field that edits one of the user's own messages, and its files. An edit saved while `offline`, or before its files
 * are uploaded, is sent after that.
 *
 * @param {import("./use_message_editor.js").Options} props
 */
export function MessageEditor(props) {
  const { offline, model, models: compared = [], choices = [], onPickModel } = props;
  const { modelSees = false, takesPictures = true } = props;
  const { area, text, kept, added, drop, empty, waiting, problem, ...acts } = useMessageEditor(props);
  return (
    <div
      data-takes-files=""
      onPaste={acts.paste}
      className="relative w-full rounded-2xl border border-primary bg-card p-3"
    >
      {problem && (
        <p
          role="alert"
          data-testid="edit-problem"
          className="mb-2 rounded-lg border border-danger/30 bg-danger-surface px-3 py-2 text-sm text-danger"
        >
          {problem}
        </p>
      )}
      <BlindModelNote
        models={choices}
        chosen={chosenModel(choices, compared, { id: model, sees: modelSees, takesPictures })}
        files={[...kept, ...added.list]}
        onPick={compared.length ? undefined : onPickModel}
      />
      <KeptFiles files={kept} onRemove={acts.remove} />
      <AttachmentChips attachments={added.list} offline={offline} />
      <textarea
        ref={area}
        data-testid="message-editor"
        aria-label={t("Edit your message")}
        value={text}
        rows={Math.min(12, text.split("\n").length + 1)}
        onChange={(event) => acts.change(event.target.value)}
        onKeyDown={acts.keyDown}
        dir="auto"
        className="w-full resize-y bg-transparent leading-7 outline-none"
      />
      <div className="mt-2 flex flex-wrap items-center justify-end gap-2 text-sm">
        <span role="status" data-testid="edit-note" className="mr-auto text-xs text-muted-foreground">
          {noteOf(offline, waiting)}
        </span>
        <AttachButton onFiles={added.add} />
        <button
          type="button"
          data-online=""
          onClick={acts.cancel}
          className="rounded-lg px-2.5 py-1.5 text-muted-foreground hover:bg-muted"
        >
          {t("Cancel")}
        </button>
        <button
          type="button"
          data-testid="edit-save"
          onClick={acts.save}
          disabled={empty}
          className="rounded-lg bg-primary px-3.5 py-1.5 font-medium text-primary-foreground hover:brightness-95 disabled:opacity-50"
        >
          {t("Send")}
        </button>
      </div>
      <DropTarget {...drop} />
    </div>
  );
}
