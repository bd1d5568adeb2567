// The scrolling list of messages: follows the end of the answer unless the reader scrolled up, loads older
// messages near the top, and keeps the scroll position when they arrive.

import { ArrowDown } from "lucide-react";
import { t } from "../ui/words.js";
import { AnswerAnnouncer } from "./answer_announcer.jsx";
import { useArrived } from "./use_arrived.js";
import { useFollowing } from "./use_following.js";

/** @typedef {{ id: string, status: string, model_name: string, provider: string }} Compared */

/** @type {Compared[]} */
const NONE = [];

/**
 * The answers that screen readers are told, each with the name that tells it from the others.
 *
 * @param {readonly Compared[]} compared
 * @returns {import("./announcements.js").Answer[]}
 */
const named = (compared) =>
  compared.map(({ id, status, model_name, provider }) => {
    const alone = compared.filter((each) => each.model_name === model_name).length === 1;
    return {
      id,
      name: alone ? model_name : `${model_name} · ${provider}`,
      streaming: status === "streaming",
    };
  });

/**
 * The scrolling list; its children are the messages. `compared` are the answers side by side at its end, if there are any.
 *
 * @param {Parameters<typeof useFollowing>[0] & {
 *   answering: boolean,
 *   compared?: Compared[],
 *   children: import("react").ReactNode,
 * }} props
 */
export function Transcript({ answering, compared = NONE, children, ...options }) {
  const last = options.lastMessageId ? [{ id: options.lastMessageId, name: "", streaming: answering }] : [];
  const answers = compared.length ? named(compared) : last;
  const { scroller, content, onScroll, away, scrollToLatest } = useFollowing(options);
  const arrived = useArrived(content, options.conversationId);
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it must be scrollable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off" // by AnswerAnnouncer instead
        aria-label={t("Conversation")}
        data-testid="transcript"
        className="@container h-full overflow-y-auto overflow-x-hidden focus-visible:outline-none"
        style={{ overflowAnchor: "none" }}
      >
        <div
          ref={content}
          className="mx-auto w-full max-w-column px-gutter pb-10 pt-4"
          style={{ opacity: arrived ? undefined : 0 }} // not inherited, as `visibility` is
        >
          {children}
        </div>
      </div>
      <AnswerAnnouncer answers={answers} />
      {/* What is cut off by the message box fades out before it. */}
      <div
        aria-hidden
        className="pointer-events-none absolute inset-x-0 bottom-0 h-8 bg-linear-to-t from-background to-transparent print:hidden"
      />
      {away && (
        <button
          type="button"
          data-testid="to-latest"
          onClick={scrollToLatest}
          className="absolute bottom-3 left-1/2 flex -translate-x-1/2 items-center gap-1.5 rounded-full border border-border bg-card px-3 py-1.5 text-sm shadow-md hover:bg-muted"
        >
          <ArrowDown size={15} aria-hidden /> {t("Jump to latest")}
        </button>
      )}
    </div>
  );
}
