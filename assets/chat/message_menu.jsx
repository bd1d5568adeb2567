// The menu below an answer: copy it in other formats, or have it read aloud; and that of a question on a phone.

import { useEffect, useRef, useState } from "react";
import { elementOfAnswer, plainTextOf } from "../markdown/answer_copy.js";
import { ActionMenu, MenuItem } from "../ui/action_menu.jsx";
import { writeClipboard, writeRichText } from "../ui/clipboard.js";
import { t } from "../ui/words.js";
import { textOf } from "./message_parts.js";
import { currentMessage } from "./message_store.js";
import { canSpeak, speak, stopSpeaking } from "./speech.js";

/** @param {{ messageId: string }} props */
export function MessageMenu({ messageId }) {
  const [said, setSaid] = useState("");
  const [speaking, setSpeaking] = useState(false);
  const isSpeaking = useRef(false);
  isSpeaking.current = speaking;
  useEffect(() => () => (isSpeaking.current ? stopSpeaking() : undefined), []);

  const markdown = () => textOf(currentMessage(messageId).parts);
  const copy = async (/** @type {Promise<boolean>} */ done) =>
    setSaid((await done) ? t("Copied") : t("Could not copy"));
  const read = () => {
    const answer = elementOfAnswer(markdown());
    for (const code of answer.querySelectorAll("pre")) code.remove(); // nobody can listen to code
    setSpeaking(true);
    speak(plainTextOf(answer), () => setSpeaking(false));
  };
  return (
    <>
      <ActionMenu label={t("More for this answer")} testid="message-menu">
        <MenuItem testid="copy-markdown" onClick={() => copy(writeClipboard(markdown()))}>
          {t("Copy as Markdown")}
        </MenuItem>
        <MenuItem
          testid="copy-plain-text"
          onClick={() => copy(writeClipboard(plainTextOf(elementOfAnswer(markdown()))))}
        >
          {t("Copy as plain text")}
        </MenuItem>
        <MenuItem testid="copy-rich" onClick={() => copy(writeRichText(elementOfAnswer(markdown())))}>
          {t("Copy as rich text")}
        </MenuItem>
        {canSpeak() && (
          <MenuItem testid="read-aloud" onClick={speaking ? stopSpeaking : read}>
            {speaking ? t("Stop reading") : t("Read aloud")}
          </MenuItem>
        )}
      </ActionMenu>
      <span className="sr-only" aria-live="polite">
        {said}
      </span>
    </>
  );
}

/**
 * All that can be done with a question, in one menu.
 *
 * @param {{ messageId: string, disabled: boolean, onEdit?: () => void, onDelete?: () => void }} props
 */
export function QuestionMenu({ messageId, disabled, onEdit, onDelete }) {
  return (
    <ActionMenu label={t("More for this question")} testid="question-menu">
      <MenuItem
        testid="question-copy"
        onClick={() => writeClipboard(textOf(currentMessage(messageId).parts))}
      >
        {t("Copy")}
      </MenuItem>
      {!disabled && (
        <MenuItem testid="question-edit" online onClick={() => onEdit?.()}>
          {t("Edit")}
        </MenuItem>
      )}
      {!disabled && (
        <MenuItem testid="question-delete" online onClick={() => onDelete?.()}>
          {t("Delete with its answer")}
        </MenuItem>
      )}
    </ActionMenu>
  );
}
