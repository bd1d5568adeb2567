// The content of one message: its parts, and for an answer the reasoning and the status.

import { useEffect, useMemo, useRef, useState } from "react";
import { Markdown } from "../markdown/markdown.jsx";
import { DiagramDrawn } from "../markdown/use_diagram_drawn.js";
import { t } from "../ui/words.js";
import { followAnswer } from "./answer_stream.js";
import { keepDiagram } from "./diagram_keeper.js";
import { FilesView } from "./files_view.jsx";
import { filesOf, isEmpty } from "./message_parts.js";
import { requestMessage } from "./message_requests.js";
import { PartView } from "./part_view.jsx";
import { useMessage } from "./use_message.js";

const CLOCK_DELAY = 3; // seconds after which the elapsed time is shown

/** @param {number} seconds */
function formatDuration(seconds) {
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  return minutes
    ? t("{minutes} min {seconds} s", { minutes, seconds: rest })
    : t("{seconds} s", { seconds: rest });
}

/**
 * The seconds since an answer was started.
 *
 * @param {number} began in ms since 1970 by the server's clock; 0 stands for now
 */
function useSeconds(began) {
  const [now, setNow] = useState(Date.now);
  const [first] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return Math.max(0, Math.floor((now - (began || first)) / 1000));
}

/** @param {{ note: string, began: number }} props */
function Waiting({ note, began }) {
  const seconds = useSeconds(began);
  return (
    <span
      role="status"
      aria-label={note || t("Waiting for the answer")}
      className="flex items-center gap-1.5 py-2"
    >
      {[0, 0.15, 0.3].map((delay) => (
        <span
          key={delay}
          className="waiting-dot size-1.5 rounded-full bg-muted-foreground"
          style={{ animationDelay: `${delay}s` }}
        />
      ))}
      {note && (
        <span data-testid="waiting-note" className="ml-1.5 text-sm text-muted-foreground">
          {note}
        </span>
      )}
      {seconds >= CLOCK_DELAY && (
        <span
          data-testid="waiting-clock"
          aria-hidden
          className="ml-1.5 shrink-0 text-sm tabular-nums text-muted-foreground"
        >
          {note ? "· " : `${t("Waiting for the answer")} `}
          {formatDuration(seconds)}
        </span>
      )}
    </span>
  );
}

/** @param {{ text: string, thinking: boolean, thought: number }} props `thought`: how long, in ms, if known */
function Reasoning({ text, thinking, thought }) {
  const [open, setOpen] = useState(false);
  const seconds = Math.round(thought / 1000);
  const label = thinking
    ? t("Thinking…")
    : seconds
      ? t("Thought for {duration}", { duration: formatDuration(seconds) })
      : t("Reasoning");
  return (
    <details
      data-testid="reasoning"
      className="mb-3"
      open={open}
      onToggle={(event) => setOpen(event.currentTarget.open)}
    >
      <summary className="w-fit cursor-pointer select-none py-1 text-sm text-muted-foreground hover:text-foreground">
        {label}
      </summary>
      {open && (
        <div
          data-testid="reasoning-text"
          className="mt-1 border-s-2 border-border ps-4 text-[0.9375rem] text-muted-foreground"
        >
          <Markdown text={text} streaming={thinking} />
        </div>
      )}
    </details>
  );
}

/** @param {{ id: string }} props */
function NotLoaded({ id }) {
  return (
    <p className="text-sm text-muted-foreground">
      {t("This message could not be loaded. It is safe on the server.")}{" "}
      <button
        type="button"
        className="text-primary underline underline-offset-2"
        onClick={() => requestMessage(id)}
      >
        {t("Try again")}
      </button>
    </p>
  );
}

/**
 * The content of one message; streams the answer while `streaming`, and calls `onEnd` at its end.
 *
 * @param {{
 *   messageId: string,
 *   sentAs: string,
 *   role: string,
 *   streaming: boolean,
 *   version: string,
 *   thought: number,
 *   began: number,
 *   onEnd?: (messageId: string) => void,
 * }} props as of `MessageText` in webchat/components/react_chat.py
 */
export function MessageText({ messageId, sentAs, role, streaming, version, thought, began, onEnd }) {
  const message = useMessage(messageId, streaming, sentAs, version);
  const { parts, reasoning, note, settled, failed } = message;
  const end = useRef(onEnd);
  end.current = onEnd;

  useEffect(() => {
    if (!streaming) return undefined;
    return followAnswer(messageId, () => end.current?.(messageId));
  }, [messageId, streaming]);

  const onDiagram = useMemo(
    () => (streaming ? null : (/** @type {string} */ source) => keepDiagram(messageId, source)),
    [messageId, streaming],
  );
  const empty = isEmpty(parts);
  const files = filesOf(parts);
  if (failed && empty) return <NotLoaded id={messageId} />;
  const shown = (
    <div data-testid="message-text" data-loading={(empty && !settled && !failed && !streaming) || undefined}>
      {parts.map(
        (part, index) =>
          part.type !== "file" && (
            <PartView
              // biome-ignore lint/suspicious/noArrayIndexKey: a part keeps its position
              key={index}
              part={part}
              role={role}
              streaming={streaming && index === parts.length - 1}
            />
          ),
      )}
      {files.length > 0 && <FilesView files={files} />}
    </div>
  );
  if (role === "user") return shown;
  return (
    <div aria-busy={streaming}>
      {reasoning && (
        <Reasoning text={reasoning} thinking={streaming && empty} thought={thought || message.thought} />
      )}
      <DiagramDrawn.Provider value={onDiagram}>{shown}</DiagramDrawn.Provider>
      {!streaming && !settled && empty && !failed && <span className="skeleton block h-4 w-2/3" />}
      {streaming && empty && !failed && <Waiting note={note} began={began} />}
    </div>
  );
}
