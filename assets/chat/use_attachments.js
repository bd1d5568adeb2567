// The files of the composer as a React hook: what was chosen, pasted or dropped for the conversation on screen.

import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { ngettext } from "../ui/words.js";
import { attachmentsOf, stateOfAll, subscribeToAttachments } from "./attachment_list.js";
import { attach, restoreAttachments, resumeUploads } from "./attachments.js";
import { MOST_FILES } from "./file_kinds.js";
import { useDroppedFiles, usePastedFiles } from "./use_given_files.js";

/** @type {readonly import("./attachment_list.js").Attachment[]} */
const NONE = [];

/**
 * @param {string} conversationId
 * @param {boolean} connected
 * @param {import("react").RefObject<HTMLElement | null>} composer
 */
export function useAttachments(conversationId, connected, composer) {
  const list = useSyncExternalStore(
    subscribeToAttachments,
    () => attachmentsOf(conversationId),
    () => NONE,
  );
  const [problem, setProblem] = useState("");

  useEffect(() => {
    restoreAttachments(conversationId);
    setProblem("");
  }, [conversationId]);

  useEffect(() => {
    if (!connected) return undefined;
    resumeUploads();
    window.addEventListener("online", resumeUploads);
    return () => window.removeEventListener("online", resumeUploads);
  }, [connected]);

  const add = useCallback(
    /** @param {readonly File[]} files */
    (files) => {
      const left = attach(conversationId, files);
      setProblem(
        left
          ? ngettext(
              "A message can have {most} files. {count} was not attached.",
              "A message can have {most} files. {count} were not attached.",
              left,
              { most: MOST_FILES },
            )
          : "",
      );
    },
    [conversationId],
  );
  usePastedFiles(add);
  const drop = useDroppedFiles(composer, add);

  return { list, add, problem, drop, state: stateOfAll(list, connected) };
}
