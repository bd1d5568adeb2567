// The words of one message: plain for a person, Markdown with reasoning for an answer.

import { useEffect, useRef } from "react";
import { followAnswer } from "$/public/chat/answer_stream";
import { Markdown } from "$/public/chat/markdown";
import { requestMessage, useMessage } from "$/public/chat/message_store";

function Waiting({ note }) {
  return (
    <span role="status" aria-label={note || "Waiting for the first words"} className="flex items-center gap-1.5 py-2">
      {[0, 0.15, 0.3].map((delay) => (
        <span key={delay} className="waiting-dot size-1.5 rounded-full bg-muted-foreground" style={{ animationDelay: `${delay}s` }} />
      ))}
      {note && (
        <span data-testid="waiting-note" className="ml-1.5 text-sm text-muted-foreground">
          {note}
        </span>
      )}
    </span>
  );
}

function Reasoning({ text, open }) {
  return (
    <details className="group mb-3 rounded-lg border border-border bg-muted/50" open={open || undefined}>
      <summary className="cursor-pointer select-none px-3 py-2 text-sm text-muted-foreground">Reasoning</summary>
      <div data-testid="reasoning-text" className="px-3 pb-3 text-sm leading-6 text-muted-foreground whitespace-pre-wrap wrap-anywhere">
        {text}
      </div>
    </details>
  );
}

function NotLoaded({ id }) {
  return (
    <p className="text-sm text-muted-foreground">
      This message could not be loaded; it is safe on the server.{" "}
      <button type="button" className="text-primary underline underline-offset-2" onClick={() => requestMessage(id)}>
        Try again
      </button>
    </p>
  );
}

export function MessageText({ messageId, sentAs, role, streaming, version, onEnd }) {
  const { text, reasoning, note, settled, failed } = useMessage(messageId, streaming, sentAs, version);
  const end = useRef(onEnd);
  end.current = onEnd;

  useEffect(() => {
    if (streaming) return followAnswer(messageId, () => end.current?.(messageId));
  }, [messageId, streaming]);

  if (failed && !text) return <NotLoaded id={messageId} />;
  if (role === "user") {
    return (
      <div data-testid="message-text" dir="auto" className="whitespace-pre-wrap leading-7 wrap-anywhere">
        {text}
      </div>
    );
  }
  return (
    <div aria-busy={streaming}>
      {reasoning && <Reasoning text={reasoning} open={streaming && !text} />}
      <div data-testid="message-text">{text && <Markdown text={text} streaming={streaming} />}</div>
      {(streaming || !settled) && !text && !failed && <Waiting note={note} />}
    </div>
  );
}
