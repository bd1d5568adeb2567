// What is shown over a conversation while files are dragged over it: what a drop will do.

import { Paperclip } from "lucide-react";
import { createPortal } from "react-dom";
import { ngettext, t } from "../ui/words.js";
import { MOST_FILES } from "./file_kinds.js";

const OF_MESSAGE = t("Pictures, PDF, Office and text files, at most {most} a message", { most: MOST_FILES });

/**
 * @param {{ place: HTMLElement | null, dragged: number | null, limit?: string }} props as of `useDroppedFiles`; `limit`:
 * which files can be dropped, and how many
 */
export function DropTarget({ place, dragged, limit = OF_MESSAGE }) {
  if (!place || dragged === null) return null;
  const what = dragged
    ? ngettext("Drop the file to attach it", "Drop {count} files to attach them", dragged)
    : t("Drop files to attach them");
  return createPortal(
    <div
      data-testid="drop-target"
      className="pointer-events-none absolute inset-2 z-30 grid place-items-center rounded-2xl border-2 border-dashed border-primary bg-background/90"
    >
      <div className="grid justify-items-center gap-2 px-6 text-center">
        <Paperclip size={28} aria-hidden className="text-primary" />
        <p className="text-lg font-medium">{what}</p>
        <p className="text-sm text-muted-foreground">{limit}</p>
      </div>
    </div>,
    place,
  );
}
