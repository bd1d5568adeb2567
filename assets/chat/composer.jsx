// The text field for messages, which grows with its text, and the list of unsent messages above it.

import { ArrowUp, Mic, Pencil, Square, X } from "lucide-react";
import { useId } from "react";
import { PromptForm } from "./prompt_form.jsx";
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
 * as of `Composer` in webchat/components/react.py
 */
export function Composer(props) {
  const { conversationId, answering, queued, onStop, onWithdraw, onSendQueued } = props;
  const { area, text, problem, unsent, change, replaceText, restoreText, editUnsent, send, keyDown } =
    useComposer(props);
  const slash = useSlash(text, replaceText);
  const dictation = useDictation((words) => replaceText(text ? `${text.trimEnd()} ${words}` : words));
  const shownProblem = problem || slash.problem || dictation.problem;
  const menuId = useId();
  const onlyInThisTab = useOnlyInThisTab();

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
          This browser's storage is full or blocked. Unsent messages are kept only in this tab and will be
          lost if you close it.
        </p>
      )}
      {queued && (
        <WaitingMessage testid="queued" label={answering ? "Next:" : "Queued:"} text={queued}>
          {!answering && (
            <SmallButton testid="queued-send" label="Send now" onClick={() => onSendQueued?.()}>
              Send now
            </SmallButton>
          )}
          <SmallButton
            testid="queued-edit"
            label="Edit"
            onClick={() => {
              restoreText(queued);
              onWithdraw?.();
            }}
          >
            <Pencil size={14} aria-hidden />
          </SmallButton>
          <SmallButton testid="queued-withdraw" label="Remove" onClick={() => onWithdraw?.()}>
            <X size={15} aria-hidden />
          </SmallButton>
        </WaitingMessage>
      )}
      {unsent.map((message) => (
        <WaitingMessage
          key={message.id}
          testid="unsent"
          label="Sends when you're back online:"
          text={message.text}
        >
          <SmallButton testid="unsent-edit" label="Edit" onClick={() => editUnsent(message)}>
            <Pencil size={14} aria-hidden />
          </SmallButton>
        </WaitingMessage>
      ))}
      <div className="flex items-end gap-2 rounded-[1.4rem] border border-input bg-card p-2 ps-[calc(var(--gutter)-1px)] shadow-[0_2px_12px_var(--shadow)] transition-[border-color,box-shadow] focus-within:border-primary/70 focus-within:shadow-[0_2px_18px_var(--shadow)]">
        <textarea
          ref={area}
          data-testid="composer"
          data-conversation={conversationId}
          aria-label="Your message"
          placeholder={answering ? "Write your next message" : "Ask anything"}
          rows={1}
          value={text}
          onChange={(event) => change(event.target.value)}
          onKeyDown={(event) => slash.keyDown(event) || keyDown(event)}
          aria-autocomplete="list"
          aria-controls={slash.entries.length ? menuId : undefined}
          aria-activedescendant={slash.entries.length ? `${menuId}-${slash.active}` : undefined}
          dir="auto"
          className="max-h-[40vh] min-h-9 w-full resize-none overflow-y-auto bg-transparent py-1.5 leading-6 outline-none placeholder:text-muted-foreground"
        />
        {dictation.possible && (
          <button
            type="button"
            data-testid="dictate"
            aria-label="Dictate"
            aria-pressed={dictation.listening}
            title={dictation.listening ? "Stop dictating" : "Dictate, by the browser"}
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
            aria-label="Stop"
            title="Stop (Esc)"
            onClick={() => onStop?.()}
            className={`${round} bg-foreground text-background hover:opacity-85`}
          >
            <Square size={14} fill="currentColor" aria-hidden />
          </button>
        )}
        {(!answering || text.trim()) && (
          <button
            type="button"
            data-testid="send"
            aria-label={answering ? "Send after this answer" : "Send"}
            title={answering ? "Send after this answer (Enter)" : "Send (Enter)"}
            onClick={send}
            disabled={!text.trim()}
            className={`${round} bg-primary text-primary-foreground hover:brightness-95 disabled:bg-muted disabled:text-muted-foreground`}
          >
            <ArrowUp size={18} aria-hidden />
          </button>
        )}
      </div>
    </div>
  );
}
