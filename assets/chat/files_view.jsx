// The files of a message: a picture as a thumbnail, a document as a card; each opens what is in it.

import { Download, ImageOff } from "lucide-react";
import { useState } from "react";
import { ModalDialog } from "../ui/dialog.jsx";
import { t } from "../ui/words.js";
import { DocumentDialog } from "./document_dialog.jsx";
import { FileIcon } from "./file_icon.jsx";
import { factsOf } from "./file_kinds.js";
import { contentAddress } from "./file_requests.js";
import { sizeText } from "./sizes.js";
import { thumbnailSize } from "./thumbnail_size.js";

/** @typedef {import("./message_parts.js").FilePart} FilePart */

/**
 * What a press on a link does instead of following it, unless a key opens it elsewhere.
 *
 * @param {() => void} act
 */
const instead = (act) => (/** @type {import("react").MouseEvent} */ event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  act();
};

/** @param {{ part: FilePart }} props */
function PictureView({ part: { id, name, size, width, height } }) {
  const [open, setOpen] = useState(false);
  const [broken, setBroken] = useState(false);
  const address = contentAddress(id);
  const box = thumbnailSize(width, height);
  if (broken)
    return (
      <span
        data-testid="picture-gone"
        className="flex items-center gap-2 rounded-xl border border-border px-3 py-2 text-sm text-muted-foreground"
      >
        <ImageOff size={16} aria-hidden /> {t("{name} could not be loaded.", { name })}
      </span>
    );
  return (
    <>
      <a
        href={address}
        data-testid="message-picture"
        title={`${name} · ${sizeText(size)}`}
        onClick={instead(() => setOpen(true))}
        className="max-w-full overflow-hidden rounded-xl bg-muted"
        style={{ width: box.width, aspectRatio: `${box.width} / ${box.height}` }}
      >
        <img
          src={address}
          alt={name}
          loading="lazy"
          decoding="async"
          width={box.width}
          height={box.height}
          onError={() => setBroken(true)}
          className="size-full object-cover"
        />
      </a>
      <span className="hidden w-full text-xs wrap-anywhere print:block">{name}</span>
      <ModalDialog open={open} label={name} testid="picture-dialog" wide onClose={() => setOpen(false)}>
        <div className="flex items-center justify-between gap-4 px-5 py-2 text-sm text-muted-foreground">
          <span>
            {width} × {height} · {sizeText(size)}
          </span>
          <a
            href={address}
            download={name}
            data-testid="picture-download"
            className="flex items-center gap-1.5 text-primary underline-offset-3 hover:underline"
          >
            <Download size={15} aria-hidden /> {t("Download")}
          </a>
        </div>
        <img
          src={address}
          alt={name}
          width={width}
          height={height}
          className="mx-auto mb-4 h-auto max-h-[calc(min(52rem,100dvh-3rem)-7rem)] w-auto max-w-full max-sm:max-h-none"
        />
      </ModalDialog>
    </>
  );
}

/** @param {{ part: FilePart }} props */
function DocumentView({ part }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <a
        href={contentAddress(part.id)}
        data-testid="message-document"
        title={t("Show what was read")}
        onClick={instead(() => setOpen(true))}
        className="flex w-64 max-w-full items-center gap-2.5 rounded-xl border border-border bg-card p-2 text-sm hover:bg-muted"
      >
        <span className="grid size-10 shrink-0 place-items-center rounded-lg bg-muted">
          <FileIcon name={part.name} />
        </span>
        <span className="min-w-0">
          <span className="block truncate print:whitespace-normal print:wrap-anywhere">{part.name}</span>
          <span className="block truncate text-xs text-muted-foreground">{factsOf(part)}</span>
        </span>
      </a>
      <DocumentDialog file={part} open={open} onClose={() => setOpen(false)} />
    </>
  );
}

/** @param {{ files: readonly FilePart[] }} props */
export const FilesView = ({ files }) => (
  <div data-testid="message-files" className="mt-2 flex flex-wrap items-start gap-2 first:mt-0">
    {files.map((part) =>
      part.kind === "picture" ? (
        <PictureView key={part.id} part={part} />
      ) : (
        <DocumentView key={part.id} part={part} />
      ),
    )}
  </div>
);
