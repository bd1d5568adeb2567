// Where a person writes. It grows with the text, keeps the draft of each conversation in the browser, and keeps
// each message until the server has it: what could not be sent goes out, once, when the connection is back.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { ArrowUp, Pencil, Square, X } from "lucide-react";
import { addToOutbox, assignOutbox, moveDraft, newId, readDraft, readOutbox, saveDraft, takeFromOutbox, useOnlyInThisTab } from "$/public/chat/browser_storage";
import { forgetMessage, putMessage } from "$/public/chat/message_store";

const RESEND_AFTER = 4000; // ms without an answer from the server after which a message is sent again

const encoder = new TextEncoder();
let live = false; // whether a composer has been on this page: only the first is rendered by the server too

function tooLong(text, maxBytes) {
  const size = encoder.encode(text).length;
  if (size <= maxBytes) return "";
  return (
    `This message is ${Math.ceil(size / 1024)} KiB; the limit is ${maxBytes / 1024} KiB. ` +
    "It was not sent and your text is still here. Shorten it or send it in parts."
  );
}

function Waiting({ testid, label, text, children }) {
  return (
    <div data-testid={testid} className="mb-2 flex items-center gap-2 rounded-xl border border-border bg-muted/60 py-1.5 pl-3.5 pr-1.5 text-sm">
      <span className="min-w-0 flex-1 truncate">
        <span className="text-muted-foreground">{label}</span> {text}
      </span>
      {children}
    </div>
  );
}

// On a screen keyboard Enter is the only way to a new line.
export const entersLines = () => matchMedia("(pointer: coarse)").matches;

// The address names the conversation: right after a page load the state may still be that of the one before.
const conversationHere = (conversationId) =>
  location.pathname.startsWith("/c/") ? location.pathname.slice("/c/".length) : conversationId;

const waitsFor = (message, others) => others.some((other) => other.id === message.follows);

function SmallButton({ testid, label, onClick, children }) {
  return (
    <button type="button" data-testid={testid} aria-label={label} title={label} onClick={onClick} className="grid h-7 min-w-7 shrink-0 place-items-center rounded-md px-1.5 hover:bg-muted">
      {children}
    </button>
  );
}

export function Composer({
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
  onWithdraw,
  onSendQueued,
}) {
  const area = useRef(null);
  const sentAt = useRef(new Map()); // message id -> when it was handed over last
  const deliver = useRef(null);
  const [text, setText] = useState(() => (live ? readDraft(conversationId) : ""));
  const [problem, setProblem] = useState("");
  const onlyInThisTab = useOnlyInThisTab();
  const [unsent, setUnsent] = useState([]); // what the outbox holds, once it has waited a moment

  const change = useCallback(
    (next) => {
      setText(next);
      setProblem("");
      saveDraft(conversationId, next);
    },
    [conversationId],
  );

  const giveBack = useCallback(
    (words) => {
      const typed = area.current.value;
      change(typed ? `${words}\n${typed}` : words);
      area.current.focus({ preventScroll: true });
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
    area.current.focus({ preventScroll: true });
  }, [conversationId]);

  const handOver = useCallback(
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
    for (const message of waiting) {
      const silent = Date.now() - (sentAt.current.get(message.id) ?? 0) >= RESEND_AFTER;
      if (ready && silent && !waitsFor(message, waiting)) handOver(message);
    }
    setUnsent(waiting);
  };

  useEffect(() => {
    if (!ready) sentAt.current.forEach((_, id, map) => map.set(id, 0));
    if (ready || readOutbox().length) deliver.current();
    const timer = setInterval(() => readOutbox().length && deliver.current(), RESEND_AFTER / 2);
    return () => clearInterval(timer);
  }, [ready, handOver]);

  useLayoutEffect(() => {
    const box = area.current;
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
    const first = here ? undefined : readOutbox().find((each) => !each.conversationId && !each.follows);
    const message = { id: newId(), text, conversationId: here, model, follows: first?.id ?? "" };
    putMessage(message.id, { text });
    window.dispatchEvent(new Event("webchat:sent")); // heard by the transcript
    addToOutbox(message);
    saveDraft(conversationId, "");
    setText("");
    setProblem("");
    if (ready && !first) handOver(message);
    else setUnsent(readOutbox());
  }, [ready, text, maxBytes, conversationId, model, handOver]);

  const keyDown = useCallback(
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

  // Esc stops wherever the focus is. What closes at Esc (the menu, a list) prevents the default and comes first.
  useEffect(() => {
    if (!answering) return undefined;
    const escape = (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) onStop?.();
    };
    window.addEventListener("keydown", escape);
    return () => window.removeEventListener("keydown", escape);
  }, [answering, onStop]);

  const takeBack = (message) => {
    takeFromOutbox([message.id]);
    sentAt.current.delete(message.id);
    setUnsent(readOutbox());
    giveBack(message.text);
  };

  const round = "grid size-9 shrink-0 place-items-center rounded-full transition-colors";
  return (
    <div className="mx-auto w-full max-w-3xl px-3 pb-3 sm:px-6 sm:pb-5">
      {problem && (
        <p role="alert" data-testid="composer-problem" className="mb-2 rounded-lg border border-danger/30 bg-danger-surface px-3 py-2 text-sm text-danger">
          {problem}
        </p>
      )}
      {onlyInThisTab && (
        <p role="status" data-testid="only-in-this-tab" className="mb-2 rounded-lg border border-border bg-warning/15 px-3 py-2 text-sm">
          This browser's storage is full or blocked. Unsent messages are kept only in this tab and will be lost if you close it.
        </p>
      )}
      {queued && (
        <Waiting testid="queued" label={answering ? "Next:" : "Queued:"} text={queued}>
          {!answering && (
            <SmallButton testid="queued-send" label="Send now" onClick={() => onSendQueued?.()}>
              Send now
            </SmallButton>
          )}
          <SmallButton
            testid="queued-edit"
            label="Edit"
            onClick={() => {
              giveBack(queued);
              onWithdraw?.();
            }}
          >
            <Pencil size={14} aria-hidden />
          </SmallButton>
          <SmallButton testid="queued-withdraw" label="Remove" onClick={() => onWithdraw?.()}>
            <X size={15} aria-hidden />
          </SmallButton>
        </Waiting>
      )}
      {unsent
        .filter((message) => {
          const handedOver = sentAt.current.get(message.id) ?? sentAt.current.get(message.follows) ?? 0;
          return !ready || Date.now() - handedOver >= RESEND_AFTER / 2;
        })
        .map((message) => (
          <Waiting key={message.id} testid="unsent" label="Sends when you're back online:" text={message.text}>
            <SmallButton testid="unsent-edit" label="Edit" onClick={() => takeBack(message)}>
              <Pencil size={14} aria-hidden />
            </SmallButton>
          </Waiting>
        ))}
      <div className="flex items-end gap-2 rounded-3xl border border-input bg-card p-2 pl-4 shadow-sm focus-within:border-primary">
        <textarea
          ref={area}
          data-testid="composer"
          data-conversation={conversationId}
          aria-label="Your message"
          placeholder={answering ? "Write your next message" : "Ask anything"}
          rows={1}
          value={text}
          onChange={(event) => change(event.target.value)}
          onKeyDown={keyDown}
          dir="auto"
          className="max-h-[40vh] min-h-9 w-full resize-none overflow-y-auto bg-transparent py-1.5 leading-6 outline-none placeholder:text-muted-foreground"
        />
        {answering && (
          <button type="button" data-testid="stop" aria-label="Stop" title="Stop (Esc)" onClick={() => onStop?.()} className={`${round} bg-foreground text-background hover:opacity-85`}>
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
