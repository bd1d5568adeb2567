// The state and event handlers of the composer: the draft of each conversation, and each message until the
// server has accepted it. Unsent messages are sent when the connection is back; the server ignores
// duplicates.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { pagePath } from "../ui/base.js";
import { elementOf } from "../ui/element_of.js";
import { pageAnnouncements } from "./announcements.js";
import { expectAnswer } from "./answer_stream.js";
import { attachmentsOf, FAILED_FILES, stateOfAll } from "./attachment_list.js";
import { moveAttachments, returnAttachments, takeAttachments } from "./attachments.js";
import { due, overdue, RESEND_AFTER } from "./deliveries.js";
import { moveDraft, readDraft, saveDraft } from "./drafts.js";
import { listenForEditLast } from "./edit_last.js";
import { enterInsertsLineBreak } from "./keyboard.js";
import { tooLong } from "./message_limit.js";
import { messageParts } from "./message_parts.js";
import { forgetMessage, putMessage } from "./message_store.js";
import {
  addToOutbox,
  assignOutbox,
  firstOfNewConversation,
  newId,
  readOutbox,
  takeFromOutbox,
} from "./outbox.js";
import { useAttachments } from "./use_attachments.js";
import { useDroppedFiles, usePastedFiles } from "./use_given_files.js";

/** @typedef {import("./outbox.js").Unsent} Unsent */

/**
 * @typedef {{
 *   conversationId: string,
 *   model: string,
 *   models?: string[],
 *   ready: boolean,
 *   answering: boolean,
 *   maxBytes: number,
 *   acceptedIds?: string[],
 *   begun?: Record<string, string>,
 *   refusedId: string,
 *   refusal: string,
 *   queued: string,
 *   choices?: import("../ui/model_groups.js").Model[],
 *   modelSees?: boolean,
 *   takesPictures?: boolean,
 *   queuedFiles?: import("./message_parts.js").FilePart[],
 *   onSend?: (
 *     text: string,
 *     clientId: string,
 *     conversationId: string,
 *     model: string,
 *     models: string[],
 *     files: string[],
 *   ) => void,
 *   onPickModel?: (model: string) => void,
 *   onStop?: () => void,
 * }} Options
 */

/** @type {string[]} */
const NO_MODELS = [];
/** @type {import("./message_parts.js").FilePart[]} */
const NONE = [];

let hydrated = false; // the first composer is also rendered by the server, where there are no drafts

/**
 * The conversation of the current URL: while a page loads and right after navigation, the state does not have it yet.
 *
 * @param {string} conversationId
 */
const currentConversation = (conversationId) =>
  pagePath().startsWith("/c/") ? pagePath().slice("/c/".length) : conversationId;

/** What was typed before the scripts had come (boot.js), once. */
function takeTyped() {
  const typed = window.webchatTyped ?? "";
  window.webchatTyped = undefined;
  return typed;
}

/** @param {Options} options as of `Composer` in webchat/components/react_chat.py */
export function useComposer({
  conversationId: stateId,
  model,
  models = NO_MODELS,
  ready,
  answering,
  maxBytes,
  acceptedIds = [],
  begun = {},
  refusedId,
  refusal,
  queued,
  queuedFiles = NONE,
  onSend,
}) {
  const [inBrowser, setInBrowser] = useState(hydrated);
  const conversationId = inBrowser ? currentConversation(stateId) : stateId;
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const sentAt = useRef(/** @type {Map<string, number>} */ (new Map())); // last attempt, by id
  const deliver = useRef(() => {});
  const [text, setText] = useState(() => (hydrated ? readDraft(conversationId) : ""));
  const [problem, setProblem] = useState("");
  const [unsent, setUnsent] = useState(/** @type {Unsent[]} */ ([])); // as of the last delivery
  const [waiting, setWaiting] = useState(false); // for the uploads, then the message is sent
  const files = useAttachments(conversationId, ready);
  usePastedFiles(files.add);
  const drop = useDroppedFiles(area, "main", files.add);

  const change = useCallback(
    /** @param {string} next */
    (next) => {
      setText(next);
      setProblem("");
      setWaiting(false);
      saveDraft(currentConversation(conversationId), next);
    },
    [conversationId],
  );

  const restore = useCallback(
    /** @param {Pick<Unsent, "text" | "files">} message */
    ({ text: restored, files: attached = [] }) => {
      const box = elementOf(area);
      change([restored, box.value].filter(Boolean).join("\n"));
      returnAttachments(conversationId, attached);
      box.focus({ preventScroll: true });
    },
    [change, conversationId],
  );

  // The caret goes to the end once the text is there.
  const replaceText = useCallback(
    /** @param {string} next */
    (next) => {
      flushSync(() => change(next));
      const box = elementOf(area);
      box.focus({ preventScroll: true });
      box.setSelectionRange(next.length, next.length);
    },
    [change],
  );

  // Runs before the draft is read, because an accepted message may have created this conversation.
  useEffect(() => {
    const accepted = takeFromOutbox(acceptedIds);
    if (!accepted.length) return;
    for (const { id, text: sent, files: attached = [], conversationId: known } of accepted) {
      sentAt.current.delete(id);
      const isQueued = queued || queuedFiles.length;
      const merged = queued !== sent || queuedFiles.length !== attached.length; // with the message queued before
      if (isQueued && merged) forgetMessage(id);
      if (known || !begun[id]) continue;
      moveDraft(begun[id]);
      moveAttachments(begun[id]);
      assignOutbox(id, begun[id]);
    }
    setUnsent((before) => (before.length ? readOutbox() : before));
    deliver.current();
  }, [acceptedIds, begun, queued, queuedFiles]);

  useEffect(listenForEditLast, []);

  useEffect(() => {
    hydrated = true;
    setInBrowser(true);
    const here = currentConversation(conversationId);
    const typed = takeTyped();
    const saved = readDraft(here);
    const draft = saved === typed ? saved : [saved, typed].filter(Boolean).join("\n");
    if (typed) saveDraft(here, draft);
    setText(draft);
    setProblem("");
    setWaiting(false);
    elementOf(area).focus({ preventScroll: true });
  }, [conversationId]);

  const submit = useCallback(
    /** @param {Unsent} message */
    (message) => {
      sentAt.current.set(message.id, Date.now());
      // A message that is queued has no answer yet, and one to several models has more than one.
      if (!answering && !message.models?.length) expectAnswer(message.id);
      const attached = (message.files ?? []).map(({ id }) => id);
      onSend?.(
        message.text,
        message.id,
        message.conversationId,
        message.model,
        message.models ?? [],
        attached,
      );
    },
    [answering, onSend],
  );

  useEffect(() => {
    const [refused] = refusedId ? takeFromOutbox([refusedId]) : [];
    if (!refused) return;
    sentAt.current.delete(refusedId);
    setUnsent(readOutbox());
    restore(refused);
    setProblem(refusal);
  }, [refusedId, refusal, restore]);

  // Unaccepted messages are sent when connected, and again after a timeout. Sending is idempotent because of
  // the id.
  deliver.current = () => {
    const waiting = readOutbox();
    if (ready) due(waiting, sentAt.current, Date.now()).forEach(submit);
    setUnsent(waiting);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: `deliver` calls `submit`
  useEffect(() => {
    if (!ready) for (const id of sentAt.current.keys()) sentAt.current.set(id, 0);
    if (ready || readOutbox().length) deliver.current();
    const timer = setInterval(() => readOutbox().length && deliver.current(), RESEND_AFTER / 2);
    return () => clearInterval(timer);
  }, [ready, submit]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the height is that of the text
  useLayoutEffect(() => {
    const box = elementOf(area);
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, window.innerHeight * 0.4)}px`;
  }, [text]);

  const empty = !text.trim() && !files.list.length;
  const send = useCallback(() => {
    if (empty) return;
    const refused = tooLong(text, maxBytes) || (files.state === "failed" ? FAILED_FILES : "");
    setProblem(refused);
    setWaiting(!refused && files.state === "busy");
    if (refused || files.state !== "ready") return;
    const here = currentConversation(conversationId);
    const first = here ? undefined : firstOfNewConversation();
    const attached = takeAttachments(conversationId);
    const message = {
      ...{ id: newId(), text, files: attached },
      ...{ conversationId: here, model, models, follows: first?.id ?? "" },
    };
    putMessage(message.id, { parts: messageParts(text, attached) });
    pageAnnouncements.expect();
    window.dispatchEvent(new Event("webchat:sent")); // the transcript scrolls to the end
    addToOutbox(message);
    saveDraft(conversationId, "");
    setText("");
    if (ready && !first) submit(message);
    else setUnsent(readOutbox());
  }, [ready, text, empty, files.state, maxBytes, conversationId, model, models, submit]);

  // The state is read anew: with the connection, interrupted uploads have begun again.
  useEffect(() => {
    if (!waiting || files.state === "busy") return;
    const state = stateOfAll(attachmentsOf(conversationId), ready);
    if (state === "ready") send();
    else if (state === "failed") setWaiting(false);
  }, [waiting, files.state, conversationId, ready, send]);

  const keyDown = useCallback(
    /** @param {import("react").KeyboardEvent} event */
    (event) => {
      // 229: in Safari, the keydown of the Enter that ends a composition comes after `compositionend`.
      const composing = event.nativeEvent.isComposing || event.keyCode === 229;
      if (event.key === "Enter" && !event.shiftKey && !composing && !enterInsertsLineBreak()) {
        event.preventDefault();
        send();
      }
    },
    [send],
  );

  const editUnsent = (/** @type {Unsent} */ message) => {
    takeFromOutbox([message.id]);
    sentAt.current.delete(message.id);
    setUnsent(readOutbox());
    restore(message);
  };

  const shown = overdue(unsent, sentAt.current, ready, Date.now());
  return {
    ...{ area, text, problem: problem || files.problem, unsent: shown, files, drop, empty, waiting },
    ...{ change, replaceText, restore, editUnsent, send, cancelSend: () => setWaiting(false), keyDown },
  };
}
