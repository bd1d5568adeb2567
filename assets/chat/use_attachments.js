// The files of a message that is being written, as a React hook.

import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import { ngettext } from "../ui/words.js";
import { attachmentsOf, stateOfAll, subscribeToAttachments } from "./attachment_list.js";
import { resumeUploads } from "./attachment_upload.js";
import { attach, restoreAttachments } from "./attachments.js";
import { MOST_FILES } from "./file_kinds.js";

/** @type {readonly import("./attachment_list.js").Attachment[]} */
const NONE = [];

/** @param {number} left how many files were not attached */
const tooManyOfMessage = (left) =>
  ngettext(
    "A message can have {most} files. {count} was not attached.",
    "A message can have {most} files. {count} were not attached.",
    left,
    { most: MOST_FILES },
  );

/**
 * @param {string} conversationId or what `listOfEdit` returns
 * @param {boolean} connected
 * @param {number} [kept] how many files the message has besides these
 * @param {(left: number) => string} [tooMany] what is said of files that were not attached
 */
export function useAttachments(conversationId, connected, kept = 0, tooMany = tooManyOfMessage) {
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
      const left = attach(conversationId, files, kept);
      setProblem(left ? tooMany(left) : "");
    },
    [conversationId, kept, tooMany],
  );

  return { list, add, problem, state: stateOfAll(list, connected) };
}
