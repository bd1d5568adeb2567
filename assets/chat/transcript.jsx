// The scrolling column of messages: stays at the latest words unless the reader scrolled up, asks for
// older messages near the top, and keeps the place when they arrive.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { ArrowDown } from "lucide-react";

const AT_END = 48; // px from the end that still count as being there
const NEAR_TOP = 600; // px from the top at which older messages are asked for

export function Transcript({ conversationId, firstMessageId, hasOlder, onOlder, children }) {
  const scroller = useRef(null);
  const content = useRef(null);
  const following = useRef(true);
  const lastTop = useRef(0);
  const heightBefore = useRef(0);
  const askedFor = useRef(null);
  const [away, setAway] = useState(false);

  const follow = useCallback((on) => {
    following.current = on;
    setAway(!on);
  }, []);

  const toLatest = useCallback(() => {
    follow(true);
    const box = scroller.current;
    box.scrollTop = box.scrollHeight;
  }, [follow]);

  const onScroll = useCallback(() => {
    const box = scroller.current;
    const fromEnd = box.scrollHeight - box.clientHeight - box.scrollTop;
    if (box.scrollTop < lastTop.current - 2 && fromEnd > AT_END) follow(false);
    else if (fromEnd <= AT_END) follow(true);
    lastTop.current = box.scrollTop;
    if (hasOlder && box.scrollTop < NEAR_TOP && askedFor.current !== firstMessageId) {
      askedFor.current = firstMessageId;
      onOlder?.();
    }
  }, [hasOlder, firstMessageId, onOlder, follow]);

  // New words push the end down: go with it.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      const box = scroller.current;
      if (!box) return;
      if (following.current) {
        box.scrollTop = box.scrollHeight;
        lastTop.current = box.scrollTop;
      }
      heightBefore.current = box.scrollHeight;
    });
    observer.observe(content.current);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    askedFor.current = null;
    toLatest();
  }, [conversationId, toLatest]);

  // Older messages were put in front: what the reader looks at stays where it is.
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!following.current) box.scrollTop += box.scrollHeight - heightBefore.current;
    heightBefore.current = box.scrollHeight;
    lastTop.current = box.scrollTop;
  }, [firstMessageId]);

  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        onScroll={onScroll}
        tabIndex={0}
        role="log"
        aria-label="Conversation"
        data-testid="transcript"
        className="h-full overflow-y-auto overflow-x-hidden focus-visible:outline-none"
        style={{ overflowAnchor: "none" }}
      >
        <div ref={content} className="mx-auto w-full max-w-3xl px-4 pb-8 pt-4 sm:px-6">
          {children}
        </div>
      </div>
      {away && (
        <button
          type="button"
          data-testid="to-latest"
          onClick={toLatest}
          className="absolute bottom-3 left-1/2 flex -translate-x-1/2 items-center gap-1.5 rounded-full border border-border bg-card px-3 py-1.5 text-sm shadow-md hover:bg-muted"
        >
          <ArrowDown size={15} aria-hidden /> To the latest
        </button>
      )}
    </div>
  );
}
