// The text field for messages, which grows with its text, the files attached to it, and the unsent messages above it.

import { ArrowUp, LoaderCircle, Mic, Pencil, Square, X } from "lucide-react";
import { useId } from "react";
import { t } from "../ui/words.js";
import { AttachButton } from "./attach_button.jsx";
import { AttachmentChips } from "./attachment_chips.jsx";
import { BlindModelNote } from "./blind_model_note.jsx";
import { DropTarget } from "./drop_target.jsx";
import { PromptForm } from "./prompt_form.jsx";
import { chosenModel } from "./seeing_models.js";
import { SlashMenu } from "./slash_menu.jsx";
import { useComposer } from "./use_composer.js";
import { useDictation } from "./use_dictation.js";
import { useOnlyInThisTab } from "./use_only_in_this_tab.js";
import { useSlash } from "./use_slash.js";
import { SmallButton, WaitingMessage } from "./waiting_message.jsx";

/**
 * The text field and the unsent messages.
 *
 * @param {import("./use_composer.js").Options & { onWithdraw?: () => void, onSendQueued?: () => void }} props
 * as of `Composer` in webchat/components/react_chat.py
 */
export function Composer(props) {
  const { choices = [], model, models: compared = [], modelSees = false } = props;
  const { takesPictures = true, onPickModel } = props;
  const {
    conversationId,
    ready,
    answering,
    queued,
    queuedFiles = [],
    onStop,
    onWithdraw,
    onSendQueued,
  } = props;
  const { area, text, problem, unsent, files, drop, empty, waiting, change, ...acts } = useComposer(props);
  const { replaceText, restore, editUnsent, send, cancelSend, keyDown } = acts;
  const slash = useSlash(text, replaceText);
  const dictation = useDictation((words) => replaceText(text ? `${text.trimEnd()} ${words}` : words));
  const shownProblem = problem || slash.problem || dictation.problem;
  const menuId = useId();
  const onlyInThisTab = useOnlyInThisTab();

  const sendTitle = waiting
    ? t("Do not send yet")
    : files.state === "ready"
      ? answering
        ? t("Send after this answer (Enter)")
        : t("Send (Enter)")
      : t("Send when the files are uploaded (Enter)");
  const round = "grid size-9 shrink-0 place-items-center rounded-full transition-colors";
  return (
    <div className="relative mx-auto w-full max-w-[calc(var(--column)+1.5rem)] px-3 pb-3 max-sm:order-last sm:pb-5">
      {slash.entries.length > 0 && (
        <SlashMenu
          id={menuId}
          entries={slash.entries}
          active={slash.active}
          list={slash.list}
          onActive={slash.setActive}
          onPick={slash.pick}
        />
      )}
      <PromptForm
        prompt={slash.prompt}
        onFilled={(filled) => {
          slash.closePrompt();
          replaceText(filled);
        }}
        onClose={slash.closePrompt}
      />
      {shownProblem && (
        <p
          role="alert"
          data-testid="composer-problem"
          className="mb-2 rounded-lg border border-danger/30 bg-danger-surface px-3 py-2 text-sm text-danger"
        >
          {shownProblem}
        </p>
      )}
      {onlyInThisTab && (
        <p
          role="status"
          data-testid="only-in-this-tab"
          className="mb-2 rounded-lg border border-border bg-warning/15 px-3 py-2 text-sm"
        >
          {t(
            "This browser's storage is full or blocked. Unsent messages are kept only in this tab and will be lost if you close it.",
          )}
        </p>
      )}
      {(queued || queuedFiles.length > 0) && (
        <WaitingMessage
          testid="queued"
          label={answering ? t("Next:") : t("Queued:")}
          text={queued}
          files={queuedFiles}
        >
          {!answering && (
            <SmallButton testid="queued-send" label={t("Send now")} onClick={() => onSendQueued?.()}>
              {t("Send now")}
            </SmallButton>
          )}
          <SmallButton
            testid="queued-edit"
            label={t("Edit")}
            onClick={() => {
              restore({ text: queued, files: queuedFiles });
              onWithdraw?.();
            }}
          >
            <Pencil size={14} aria-hidden />
          </SmallButton>
          <SmallButton testid="queued-withdraw" label={t("Remove")} onClick={() => onWithdraw?.()}>
            <X size={15} aria-hidden />
          </SmallButton>
        </WaitingMessage>
      )}
      {unsent.map((message) => (
        <WaitingMessage
          key={message.id}
          testid="unsent"
          label={t("Sends when you're back online:")}
          text={message.text}
          files={message.files}
        >
          <SmallButton testid="unsent-edit" label={t("Edit")} onClick={() => editUnsent(message)}>
            <Pencil size={14} aria-hidden />
          </SmallButton>
        </WaitingMessage>
      ))}
      <BlindModelNote
        models={choices}
        chosen={chosenModel(choices, compared, { id: model, sees: modelSees, takesPictures })}
        files={files.list}
        onPick={compared.length ? undefined : onPickModel}
      />
      {waiting && (
        <p role="status" data-testid="waiting-for-files" className="mb-2 px-2 text-sm text-muted-foreground">
          {t("Sends when the files are uploaded.")}
        </p>
      )}
      <div className="rounded-[1.4rem] border border-input bg-card p-2 shadow-[0_2px_12px_var(--shadow)] transition-[border-color,box-shadow] focus-within:border-primary/70 focus-within:shadow-[0_2px_18px_var(--shadow)]">
        <AttachmentChips attachments={files.list} offline={!ready} />
        <div className="flex items-end gap-2 ps-[calc(var(--gutter)-1px-0.5rem)]">
          <textarea
            ref={area}
            data-testid="composer"
            data-conversation={conversationId}
            aria-label={t("Your message")}
            placeholder={answering ? t("Write your next message") : t("Ask anything")}
            rows={1}
            value={text}
            onChange={(event) => change(event.target.value)}
            onKeyDown={(event) => slash.keyDown(event) || keyDown(event)}
            aria-autocomplete="list"
            aria-controls={slash.entries.length ? menuId : undefined}
            aria-activedescendant={slash.entries.length ? `${menuId}-${slash.active}` : undefined}
            dir="auto"
            className="max-h-[40vh] min-h-9 w-full resize-none overflow-y-auto bg-transparent py-1.5 leading-6 outline-none placeholder:text-muted-foreground placeholder-shown:overflow-hidden placeholder-shown:text-ellipsis placeholder-shown:whitespace-nowrap"
          />
          <AttachButton onFiles={files.add} />
          {dictation.possible && (
            <button
              type="button"
              data-testid="dictate"
              aria-label={t("Dictate")}
              aria-pressed={dictation.listening}
              title={dictation.listening ? t("Stop dictating") : t("Dictate, by the browser")}
              onClick={dictation.toggle}
              className={`${round} text-muted-foreground hover:bg-muted aria-pressed:animate-pulse aria-pressed:bg-accent aria-pressed:text-primary`}
            >
              <Mic size={18} aria-hidden />
            </button>
          )}
          {answering && (
            <button
              type="button"
              data-testid="stop"
              aria-label={t("Stop")}
              title={t("Stop (Esc)")}
              onClick={() => onStop?.()}
              className={`${round} bg-foreground text-background hover:opacity-85`}
            >
              <Square size={14} fill="currentColor" aria-hidden />
            </button>
          )}
          {(!answering || !empty) && (
            <button
              type="button"
              data-testid="send"
              aria-label={
                waiting ? t("Do not send yet") : answering ? t("Send after this answer") : t("Send")
              }
              title={sendTitle}
              onClick={waiting ? cancelSend : send}
              disabled={empty}
              className={`${round} bg-primary text-primary-foreground hover:brightness-95 disabled:bg-muted disabled:text-muted-foreground`}
            >
              {waiting ? (
                <LoaderCircle size={18} aria-hidden className="animate-spin" />
              ) : (
                <ArrowUp size={18} aria-hidden />
              )}
            </button>
          )}
        </div>
      </div>
      <DropTarget {...drop} />
    </div>
  );
}
