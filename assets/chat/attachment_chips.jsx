// The files attached to the next message: the name, progress and actions of each.

import { RotateCw, X } from "lucide-react";
import { useState } from "react";
import { t } from "../ui/words.js";
import { canRetry, retryAttachment } from "./attachment_upload.js";
import { cutAttachment, removeAttachment } from "./attachments.js";
import { DocumentDialog } from "./document_dialog.jsx";
import { factsOf } from "./file_kinds.js";
import { FileThumbnail } from "./file_thumbnail.jsx";
import { SmallButton } from "./waiting_message.jsx";

/** @typedef {import("./attachment_list.js").Attachment} Attachment */

/**
 * What the second line of a chip says.
 *
 * @param {Attachment} attachment
 * @param {boolean} offline
 */
function statusOf(attachment, offline) {
  const { state, progress, problem, interrupted } = attachment;
  if (state === "failed" && interrupted && offline) return t("Uploads when you're back online.");
  if (state === "failed") return problem;
  if (state === "preparing") return t("Preparing…");
  if (state === "uploading")
    return progress < 1
      ? t("Uploading… {percent} %", { percent: Math.round(progress * 100) })
      : t("Checking…");
  if (state === "reading") return t("Reading…");
  return [factsOf(attachment), problem].filter(Boolean).join(" · ");
}

/**
 * @typedef {{
 *   offline: boolean,
 *   onRemove?: (key: string) => void,
 *   onCut?: (key: string, tokens: number | null) => Promise<void>,
 * }} Acts `onRemove` takes a file off its list, `onCut` sets how many of its tokens the model gets; by default on the
 * server too
 */

/** @param {{ attachment: Attachment } & Acts} props */
function Chip({ attachment, offline, onRemove = removeAttachment, onCut = cutAttachment }) {
  const { key, id, name, kind, state, progress, problem, interrupted } = attachment;
  const [open, setOpen] = useState(false);
  const failed = state === "failed" && !(interrupted && offline);
  const words = (
    <>
      <span className="block truncate">{name}</span>
      <span
        data-testid="attachment-status"
        className={`block text-xs ${failed ? "wrap-anywhere text-danger" : "truncate text-muted-foreground"}`}
      >
        {statusOf(attachment, offline)}
      </span>
    </>
  );
  return (
    <li
      data-testid="attachment"
      data-state={state}
      data-kind={kind}
      className={`relative flex min-w-0 items-center gap-2 overflow-hidden rounded-xl border bg-background p-1.5 text-sm ${failed || problem ? "col-span-full" : ""} ${failed ? "border-danger/40" : "border-border"}`}
    >
      <FileThumbnail file={attachment} />
      {kind === "document" && state === "ready" ? (
        <button
          type="button"
          data-testid="attachment-open"
          title={t("Show what was read, and cut it")}
          onClick={() => setOpen(true)}
          className="min-w-0 flex-1 rounded-md text-start hover:underline"
        >
          {words}
        </button>
      ) : (
        <span className="min-w-0 flex-1" title={name}>
          {words}
        </span>
      )}
      {canRetry(attachment) && !(interrupted && offline) && (
        <SmallButton
          testid="attachment-retry"
          label={t("Upload {name} again", { name })}
          onClick={() => retryAttachment(key)}
        >
          <RotateCw size={15} aria-hidden />
        </SmallButton>
      )}
      <SmallButton
        testid="attachment-remove"
        label={t("Remove {name}", { name })}
        onClick={() => onRemove(key)}
      >
        <X size={15} aria-hidden />
      </SmallButton>
      {(state === "uploading" || state === "reading" || state === "preparing") && (
        <span
          role="progressbar"
          aria-label={t("Uploading {name}", { name })}
          aria-valuenow={state === "uploading" ? Math.round(progress * 100) : undefined}
          aria-valuemin={0}
          aria-valuemax={100}
          data-moving={state !== "uploading" || progress === 1}
          className="absolute inset-x-0 bottom-0 h-0.5 bg-muted data-[moving=true]:animate-pulse"
        >
          <span
            className="block h-full bg-primary transition-[width] duration-(--quick)"
            style={{
              width: state === "preparing" ? 0 : state === "uploading" ? `${progress * 100}%` : "100%",
            }}
          />
        </span>
      )}
      <DocumentDialog
        file={attachment}
        open={open && !!id}
        onCut={(tokens) => onCut(key, tokens)}
        onClose={() => setOpen(false)}
      />
    </li>
  );
}

/** @param {{ attachments: readonly Attachment[] } & Acts} props */
export function AttachmentChips({ attachments, ...acts }) {
  if (!attachments.length) return null;
  return (
    <ul
      aria-label={t("Attached files")}
      data-testid="attachments"
      className="mb-1.5 grid max-h-[30vh] grid-cols-[repeat(auto-fill,minmax(min(14.5rem,100%),1fr))] gap-1.5 overflow-y-auto"
    >
      {attachments.map((attachment) => (
        <Chip key={attachment.key} attachment={attachment} {...acts} />
      ))}
    </ul>
  );
}
