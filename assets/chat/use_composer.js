// What the composer remembers and does: the draft of each conversation, and each message until the server has
// it. What could not be sent goes out, once, when the connection is back.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { elementOf } from "../ui/element_of.js";
import { due, overdue, RESEND_AFTER } from "./deliveries.js";
import { moveDraft, readDraft, saveDraft } from "./drafts.js";
import { entersLines } from "./keyboard.js";
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
 *   ready: boolean,
 *   answering: boolean,
 *   maxBytes: number,
 *   acceptedIds?: string[],
 *   begun?: Record<string, string>,
 *   refusedId: string,
 *   refusal: string,
 *   queued: string,
 *   onSend?: (text: string, clientId: string, conversationId: string, model: string) => void,
 *   onStop?: () => void,
 * }} Options
 */

let live = false; // whether a composer has been on this page: only the first is rendered by the server too

/**
 * The address names the conversation: right after a page load the state may still be that of the one before.
 *
 * @param {string} conversationId
 */
const conversationHere = (conversationId) =>
  location.pathname.startsWith("/c/") ? location.pathname.slice("/c/".length) : conversationId;

/** @param {Options} options as of `Composer` in webchat/components/react.py */
export function useComposer({
  conversationId,
  model,
  ready,
  answering,
  maxBytes,
  acceptedIds = [],
  begun = {},
  refusedId,
  refusal,
  queued,
  onSend,
  onStop,
}) {
  const area = useRef(/** @type {HTMLTextAreaElement | null} */ (null));
  const sentAt = useRef(/** @type {Map<string, number>} */ (new Map())); // handed over last, by id
  const deliver = useRef(() => {});
  const [text, setText] = useState(() => (live ? readDraft(conversationId) : ""));
  const [problem, setProblem] = useState("");
  const [unsent, setUnsent] = useState(/** @type {Unsent[]} */ ([])); // the outbox, after a moment

  const change = useCallback(
    /** @param {string} next */
    (next) => {
      setText(next);
      setProblem("");
      saveDraft(conversationId, next);
    },
    [conversationId],
  );

  const giveBack = useCallback(
    /** @param {string} words */
    (words) => {
      const box = elementOf(area);
      change(box.value ? `${words}\n${box.value}` : words);
      box.focus({ preventScroll: true });
    },
    [change],
  );

  // Before the draft is read, because a message that was accepted may have begun this conversation.
  useEffect(() => {
    const accepted = takeFromOutbox(acceptedIds);
    if (!accepted.length) return;
    for (const { id, text: words, conversationId: known } of accepted) {
      sentAt.current.delete(id);
      if (queued && queued !== words) forgetMessage(id); // it will be sent with what waited before it
      if (known || !begun[id]) continue;
      moveDraft(begun[id]);
      assignOutbox(id, begun[id]);
    }
    setUnsent((before) => (before.length ? readOutbox() : before));
    deliver.current();
  }, [acceptedIds, begun, queued]);

  useEffect(() => {
    live = true;
    setText(readDraft(conversationId));
    setProblem("");
    elementOf(area).focus({ preventScroll: true });
  }, [conversationId]);

  const handOver = useCallback(
    /** @param {Unsent} message */
    (message) => {
      sentAt.current.set(message.id, Date.now());
      onSend?.(message.text, message.id, message.conversationId, message.model);
    },
    [onSend],
  );

  useEffect(() => {
    const [refused] = refusedId ? takeFromOutbox([refusedId]) : [];
    if (!refused) return;
    sentAt.current.delete(refusedId);
    setUnsent(readOutbox());
    giveBack(refused.text);
    setProblem(refusal);
  }, [refusedId, refusal, giveBack]);

  // What was not accepted goes out when the connection is (back) there, and again if the server stays silent.
  // The id makes a repeat harmless.
  deliver.current = () => {
    const waiting = readOutbox();
    if (ready) due(waiting, sentAt.current, Date.now()).forEach(handOver);
    setUnsent(waiting);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: `deliver` calls `handOver`
  useEffect(() => {
    if (!ready) for (const id of sentAt.current.keys()) sentAt.current.set(id, 0);
    if (ready || readOutbox().length) deliver.current();
    const timer = setInterval(() => readOutbox().length && deliver.current(), RESEND_AFTER / 2);
    return () => clearInterval(timer);
  }, [ready, handOver]);

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
    const here = conversationHere(conversationId);
    const first = here ? undefined : firstOfNewConversation();
    const message = { id: newId(), text, conversationId: here, model, follows: first?.id ?? "" };
    putMessage(message.id, { parts: textParts(text) });
    window.dispatchEvent(new Event("webchat:sent")); // heard by the transcript
    addToOutbox(message);
    saveDraft(conversationId, "");
    setText("");
    setProblem("");
    if (ready && !first) handOver(message);
    else setUnsent(readOutbox());
  }, [ready, text, maxBytes, conversationId, model, handOver]);

  const keyDown = useCallback(
    /** @param {import("react").KeyboardEvent} event */
    (event) => {
      // 229: Safari reports the Enter that ends a composition after its end.
      const composing = event.nativeEvent.isComposing || event.keyCode === 229;
      if (event.key === "Enter" && !event.shiftKey && !composing && !entersLines()) {
        event.preventDefault();
        send();
      }
    },
    [send],
  );

  // Esc stops wherever the focus is. What closes at Esc (the menu, a list) prevents the default and comes
  // first.
  useEffect(() => {
    if (!answering) return undefined;
    const stopAtEscape = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape" && !event.defaultPrevented) onStop?.();
    };
    window.addEventListener("keydown", stopAtEscape);
    return () => window.removeEventListener("keydown", stopAtEscape);
  }, [answering, onStop]);

  const takeBack = (/** @type {Unsent} */ message) => {
    takeFromOutbox([message.id]);
    sentAt.current.delete(message.id);
    setUnsent(readOutbox());
    giveBack(message.text);
  };

  const shown = overdue(unsent, sentAt.current, ready, Date.now());
  return { area, text, problem, unsent: shown, change, giveBack, takeBack, send, keyDown };
}
