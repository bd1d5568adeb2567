// Where a person writes. It grows with the text, keeps the draft of each conversation in the browser, and
// lets go of a message only when the server says that it has it.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { ArrowUp, Square } from "lucide-react";
import { putMessage } from "$/public/chat/message_store";

const encoder = new TextEncoder();

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const draftKey = (conversationId) => `webchat.draft.${conversationId || "new"}`;

function readDraft(conversationId) {
  try {
    return localStorage.getItem(draftKey(conversationId)) ?? "";
  } catch {
    return ""; // a browser without storage still chats
  }
}

function saveDraft(conversationId, text) {
  try {
    if (text) localStorage.setItem(draftKey(conversationId), text);
    else localStorage.removeItem(draftKey(conversationId));
  } catch {
    // full or forbidden storage: the draft lives as long as the page
  }
}

// Right after a page load the state may still be that of the conversation the tab showed before.
const isElsewhere = (conversationId) =>
  location.pathname.startsWith("/c/") && location.pathname !== `/c/${conversationId}`;

export function Composer({ conversationId, ready, answering, maxBytes, acceptedId, refusedId, refusal, onSend, onStop }) {
  const area = useRef(null);
  const shown = useRef(null); // the conversation whose draft is on screen
  const sent = useRef(null); // { id, text }: handed over, neither accepted nor refused yet
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");

  useEffect(() => {
    const begun = shown.current === "" && conversationId && sent.current;
    shown.current = conversationId;
    if (begun) {
      // Our own message began this conversation: what was typed since belongs to it.
      saveDraft("", "");
      saveDraft(conversationId, area.current.value);
      return;
    }
    sent.current = null;
    setText(readDraft(conversationId));
    setProblem("");
    area.current.focus({ preventScroll: true });
  }, [conversationId]);

  useEffect(() => {
    if (!sent.current || sent.current.id !== acceptedId) return;
    if (readDraft(conversationId) === sent.current.text) saveDraft(conversationId, "");
    sent.current = null;
  }, [acceptedId, conversationId]);

  useEffect(() => {
    if (!refusedId || sent.current?.id !== refusedId) return;
    const typedSince = area.current.value;
    const both = typedSince ? `${sent.current.text}\n${typedSince}` : sent.current.text;
    setText(both);
    saveDraft(conversationId, both);
    setProblem(refusal);
    sent.current = null;
  }, [refusedId, refusal, conversationId]);

  // The connection is back: what it may have lost is sent again. The same id makes a repeat harmless.
  useEffect(() => {
    if (!ready) return;
    setProblem("");
    if (sent.current) onSend?.(sent.current.text, sent.current.id, conversationId);
  }, [ready]); // eslint-disable-line react-hooks/exhaustive-deps

  useLayoutEffect(() => {
    const box = area.current;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, window.innerHeight * 0.4)}px`;
  }, [text]);

  const change = useCallback(
    (event) => {
      setText(event.target.value);
      setProblem("");
      saveDraft(conversationId, event.target.value);
    },
    [conversationId],
  );

  const send = useCallback(() => {
    if (answering || !text.trim()) return;
    if (!ready || isElsewhere(conversationId)) {
      setProblem("webchat is not connected right now. Your text stays here: send it when the connection is back.");
      return;
    }
    const size = encoder.encode(text).length;
    if (size > maxBytes) {
      setProblem(
        `This message is ${Math.ceil(size / 1024)} KiB; at most ${maxBytes / 1024} KiB can be sent. ` +
          "Nothing was sent and your text is still here: shorten it or send it in parts.",
      );
      return;
    }
    const id = newId();
    sent.current = { id, text };
    putMessage(id, { text });
    setText(""); // the draft in storage goes only once the server has the message
    onSend?.(text, id, conversationId);
  }, [answering, ready, text, maxBytes, conversationId, onSend]);

  const keyDown = useCallback(
    (event) => {
      // 229: Safari reports the Enter that ends a composition after its end.
      const composing = event.nativeEvent.isComposing || event.keyCode === 229;
      if (event.key === "Enter" && !event.shiftKey && !composing) {
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

  const round = "grid size-9 shrink-0 place-items-center rounded-full transition-colors";
  return (
    <div className="mx-auto w-full max-w-3xl px-3 pb-3 sm:px-6 sm:pb-5">
      {problem && (
        <p role="alert" data-testid="composer-problem" className="mb-2 rounded-lg border border-danger/30 bg-danger-surface px-3 py-2 text-sm text-danger">
          {problem}
        </p>
      )}
      <div className="flex items-end gap-2 rounded-3xl border border-input bg-card p-2 pl-4 shadow-sm focus-within:border-primary">
        <textarea
          ref={area}
          data-testid="composer"
          data-conversation={conversationId}
          aria-label="Your message"
          placeholder="Ask anything"
          rows={1}
          value={text}
          onChange={change}
          onKeyDown={keyDown}
          dir="auto"
          className="max-h-[40vh] min-h-9 w-full resize-none overflow-y-auto bg-transparent py-1.5 leading-6 outline-none placeholder:text-muted-foreground"
        />
        {answering ? (
          <button type="button" data-testid="stop" aria-label="Stop the answer" title="Stop (Esc)" onClick={() => onStop?.()} className={`${round} bg-foreground text-background hover:opacity-85`}>
            <Square size={14} fill="currentColor" aria-hidden />
          </button>
        ) : (
          <button
            type="button"
            data-testid="send"
            aria-label="Send"
            title="Send (Enter)"
            onClick={send}
            disabled={!text.trim()}
            className={`${round} bg-primary text-primary-foreground hover:opacity-90 disabled:bg-muted disabled:text-muted-foreground`}
          >
            <ArrowUp size={18} aria-hidden />
          </button>
        )}
      </div>
    </div>
  );
}
