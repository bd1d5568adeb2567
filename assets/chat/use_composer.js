// The state and event handlers of the composer: the draft of each conversation, and each message until the
// server has accepted it. Unsent messages are sent when the connection is back; the server ignores
// duplicates.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { pagePath } from "../ui/base.js";
import { elementOf } from "../ui/element_of.js";
import { due, overdue, RESEND_AFTER } from "./deliveries.js";
import { moveDraft, readDraft, saveDraft } from "./drafts.js";
import { enterInsertsLineBreak } from "./keyboard.js";
import { tooLong } from "./message_limit.js";
import { textParts } from "./message_parts.js";
import { forgetMessage, putMessage } from "./message_store.js";
import {
  addToOutbox,
  assignOutbox,
  firstOfNewConversation,
  newId,
  readOutbox,
  takeFromOutbox,
} from "./outbox.js";

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
 *   onSend?: (text: string, clientId: string, conversationId: string, model: string, models: string[]) => void,
 *   onStop?: () => void,
 * }} Options
 */

/** @type {string[]} */
const NO_MODELS = [];

let hydrated = false; // the first composer is also rendered by the server, where there are no drafts

/**
 * The conversation of the current URL: right after navigation, the state may still have the previous one.
 *
 * @param {string} conversationId
 */
const currentConversation = (conversationId) =>
  pagePath().startsWith("/c/") ? pagePath().slice("/c/".length) : conversationId;

/** @param {Options} options as of `Composer` in webchat/components/react.py */
export function useComposer({
  conversationId,
  model,
  models = NO_MODELS,
  ready,
  maxBytes,
  acceptedIds = [],
  begun = {},
  refusedId,
  refusal,
  queued,
  onSend,
}) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const sentAt = useRef(/** @type {Map<string, number>} */ (new Map())); // last attempt, by id
  const deliver = useRef(() => {});
  const [text, setText] = useState(() => (hydrated ? readDraft(conversationId) : ""));
  const [problem, setProblem] = useState("");
  const [unsent, setUnsent] = useState(/** @type {Unsent[]} */ ([])); // as of the last delivery

  const change = useCallback(
    /** @param {string} next */
    (next) => {
      setText(next);
      setProblem("");
      saveDraft(conversationId, next);
    },
    [conversationId],
  );

  const restoreText = useCallback(
    /** @param {string} restored */
    (restored) => {
      const box = elementOf(area);
      change(box.value ? `${restored}\n${box.value}` : restored);
      box.focus({ preventScroll: true });
    },
    [change],
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
    for (const { id, text: sent, conversationId: known } of accepted) {
      sentAt.current.delete(id);
      if (queued && queued !== sent) forgetMessage(id); // it was merged with the message queued before
      if (known || !begun[id]) continue;
      moveDraft(begun[id]);
      assignOutbox(id, begun[id]);
    }
    setUnsent((before) => (before.length ? readOutbox() : before));
    deliver.current();
  }, [acceptedIds, begun, queued]);

  useEffect(() => {
    hydrated = true;
    setText(readDraft(conversationId));
    setProblem("");
    elementOf(area).focus({ preventScroll: true });
  }, [conversationId]);

  const submit = useCallback(
    /** @param {Unsent} message */
    (message) => {
      sentAt.current.set(message.id, Date.now());
      onSend?.(message.text, message.id, message.conversationId, message.model, message.models ?? []);
    },
    [onSend],
  );

  useEffect(() => {
    const [refused] = refusedId ? takeFromOutbox([refusedId]) : [];
    if (!refused) return;
    sentAt.current.delete(refusedId);
    setUnsent(readOutbox());
    restoreText(refused.text);
    setProblem(refusal);
  }, [refusedId, refusal, restoreText]);

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

  const send = useCallback(() => {
    if (!text.trim()) return;
    const refused = tooLong(text, maxBytes);
    if (refused) {
      setProblem(refused);
      return;
    }
    const here = currentConversation(conversationId);
    const first = here ? undefined : firstOfNewConversation();
    const message = { id: newId(), text, conversationId: here, model, models, follows: first?.id ?? "" };
    putMessage(message.id, { parts: textParts(text) });
    window.dispatchEvent(new Event("webchat:sent")); // the transcript scrolls to the end
    addToOutbox(message);
    saveDraft(conversationId, "");
    setText("");
    setProblem("");
    if (ready && !first) submit(message);
    else setUnsent(readOutbox());
  }, [ready, text, maxBytes, conversationId, model, models, submit]);

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
    restoreText(message.text);
  };

  const shown = overdue(unsent, sentAt.current, ready, Date.now());
  return { area, text, problem, unsent: shown, change, replaceText, restoreText, editUnsent, send, keyDown };
}
