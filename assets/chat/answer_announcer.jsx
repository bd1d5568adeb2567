// Announces the answer that is being written to screen readers, sentence by sentence.

import { useEffect, useRef, useState } from "react";
import { endOfSentences, spoken } from "./announcements.js";
import { textOf } from "./message_parts.js";
import { currentMessage, subscribeToMessage } from "./message_store.js";

const EVERY = 1500; // ms between announcements, so that they are not cut off by the next
const MAX_LENGTH = 1000; // characters of one announcement

/** @param {{ messageId: string, answering: boolean }} props `messageId`: the newest message */
export function AnswerAnnouncer({ messageId, answering }) {
  const [said, setSaid] = useState("");
  const position = useRef({ id: "", at: 0 });

  useEffect(() => {
    if (!answering && position.current.id !== messageId) return undefined;
    if (position.current.id !== messageId) position.current = { id: messageId, at: 0 };
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const announce = () => {
      timer = undefined;
      const text = textOf(currentMessage(messageId).parts);
      const from = position.current.at;
      const end = endOfSentences(text, from, !answering);
      if (end <= from) return;
      position.current.at = end;
      setSaid(spoken(text.slice(from, end)).slice(0, MAX_LENGTH));
    };
    const later = () => {
      timer ??= setTimeout(announce, EVERY);
    };
    later();
    const unsubscribe = subscribeToMessage(messageId, later);
    return () => {
      unsubscribe();
      clearTimeout(timer);
    };
  }, [messageId, answering]);

  return (
    <p className="sr-only" aria-live="polite" data-testid="announcement">
      {said}
    </p>
  );
}
