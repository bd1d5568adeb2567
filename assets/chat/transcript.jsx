// The scrolling column of messages: stays at the latest words unless the reader scrolled up, asks for
// older messages near the top, and keeps the place when they arrive.
//
// Once the reader has scrolled up, only the reader turns following on again: by the wheel, a touch, a key or the
// scrollbar, by the button, or by sending. A column that gets shorter scrolls too, and means nothing by it.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { ArrowDown } from "lucide-react";

const AT_END = 48; // px from the end that still count as being there
const GESTURE = 1000; // ms for which a wheel, a touch or a key may go on scrolling
const NEAR_TOP = 600; // px from the top at which older messages are asked for

const distance = (box, element) => element.getBoundingClientRect().top - box.getBoundingClientRect().top;

// The elements that are laid out as its children: those that have no box stand for what is in them.
function* boxesIn(element) {
  for (const child of element.children) {
    if (child.getClientRects().length) yield child;
    else yield* boxesIn(child);
  }
}

function firstBelow(edge, elements) {
  for (const element of elements) if (element.getBoundingClientRect().bottom > edge) return element;
  return null;
}

// The message at the upper edge, what is there in it, and so on down to a line: { element, top }, the innermost first.
function firstInSight(box, content) {
  const edge = box.getBoundingClientRect().top;
  const found = [];
  const messages = content.querySelectorAll(":scope > article");
  for (let element = firstBelow(edge, messages); element; element = firstBelow(edge, boxesIn(element))) {
    found.unshift({ element, top: distance(box, element) });
  }
  return found;
}

export function Transcript({ conversationId, firstMessageId, hasOlder, onOlder, children }) {
  const scroller = useRef(null);
  const content = useRef(null);
  const following = useRef(true);
  const last = useRef({ top: 0, height: 0 });
  const gesture = useRef({ at: 0, held: false }); // when the reader last did what scrolls
  const place = useRef([]); // what the reader looks at, and how many px below the upper edge
  const askedFor = useRef(null);
  const askForOlder = useRef(null);
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
    const byReader = gesture.current.held || performance.now() - gesture.current.at < GESTURE;
    const shortened = box.scrollHeight < last.current.height && fromEnd < 1;
    if (box.scrollTop < last.current.top - 2 && fromEnd > AT_END) follow(false);
    else if (fromEnd <= AT_END && byReader && !shortened) follow(true);
    const resized = box.scrollHeight !== last.current.height;
    const scrolled = box.scrollTop - last.current.top;
    last.current = { top: box.scrollTop, height: box.scrollHeight };
    if (following.current) place.current = [];
    else if (!resized) place.current = firstInSight(box, content.current);
    else if (!shortened) place.current.forEach((each) => (each.top -= scrolled));
    if (!resized) askForOlder.current(); // else the observer below comes next: it puts what is read back first
  }, [follow]);

  // Listened to everywhere, because keys scroll the column wherever the focus is, and a scrollbar that was
  // pressed is let go anywhere.
  useEffect(() => {
    const note = () => (gesture.current.at = performance.now());
    const hold = (event) => (gesture.current.held = event.target === scroller.current);
    const release = () => {
      if (gesture.current.held) note();
      gesture.current.held = false;
    };
    const listeners = { wheel: note, touchmove: note, keydown: note, pointerdown: hold, pointerup: release, pointercancel: release };
    const options = { capture: true, passive: true };
    for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener, options);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener, options);
    };
  }, []);

  // Called through a ref, because the observer below outlives every render.
  askForOlder.current = () => {
    if (!hasOlder || following.current || scroller.current.scrollTop >= NEAR_TOP) return;
    if (askedFor.current === firstMessageId) return;
    askedFor.current = firstMessageId;
    onOlder?.();
  };

  // New words push the end down: go with it. Whatever grows above the reader (older messages that come, their
  // words and code that come later still) must not move what is read.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      const box = scroller.current;
      if (!box) return;
      if (following.current) box.scrollTop = box.scrollHeight;
      else {
        const kept = place.current.find(({ element }) => element.isConnected);
        const moved = () => (kept ? distance(box, kept.element) - kept.top : 0);
        if (moved()) box.scrollTop += moved();
        // A column that is too short for it now may be long enough again: until then the place is remembered.
        if (Math.abs(moved()) < 1) place.current = firstInSight(box, content.current);
      }
      last.current = { top: box.scrollTop, height: box.scrollHeight };
      askForOlder.current();
    });
    observer.observe(content.current);
    observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    askedFor.current = null;
    toLatest();
  }, [conversationId, toLatest]);

  // Who sends wants to see what they sent, wherever they were reading.
  useEffect(() => {
    window.addEventListener("webchat:sent", toLatest);
    return () => window.removeEventListener("webchat:sent", toLatest);
  }, [toLatest]);

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
          <ArrowDown size={15} aria-hidden /> Jump to latest
        </button>
      )}
    </div>
  );
}
