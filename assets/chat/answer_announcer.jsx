// Announces the answers that are being written to screen readers, sentence by sentence.

import { useEffect, useState } from "react";
import { pageAnnouncements } from "./announcements.js";
import { textOf } from "./message_parts.js";
import { currentMessage, subscribeToMessage } from "./message_store.js";

const EVERY = 1500; // ms between announcements, so that they are not cut off by the next

/** @param {{ answers: import("./announcements.js").Answer[] }} props those at the end of the conversation */
export function AnswerAnnouncer({ answers }) {
  const [said, setSaid] = useState("");
  const shown = JSON.stringify(answers); // the same while nothing but their text changes

  useEffect(() => {
    /** @type {import("./announcements.js").Answer[]} */
    const current = JSON.parse(shown);
    pageAnnouncements.follow(current); // at once: an answer may end before anything is said of it
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const announce = () => {
      timer = undefined;
      const words = pageAnnouncements.next((id) => textOf(currentMessage(id).parts));
      if (words) setSaid(words);
    };
    const later = () => {
      timer ??= setTimeout(announce, EVERY);
    };
    later();
    const ends = current.map(({ id }) => subscribeToMessage(id, later));
    return () => {
      for (const end of ends) end();
      clearTimeout(timer);
    };
  }, [shown]);

  return (
    <p className="sr-only" aria-live="polite" data-testid="announcement">
      {said}
    </p>
  );
}
