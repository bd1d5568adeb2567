// Scrolls the column of messages: to the latest words while it follows them, and back to what is read when
// something above it grows. Asks for older messages near the top.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { elementOf } from "../ui/element_of.js";
import { meaningOfScroll, positionOf, wantsOlder } from "./following.js";
import { firstInSight, movedSince } from "./reading_place.js";

/** @param {Element} content */
const messagesIn = (content) => content.querySelectorAll(":scope > article");

/**
 * The refs of the scrolling element and of its content, what to do when it scrolls, whether the reader is
 * away from the end, and what brings them there.
 *
 * @param {{
 *   conversationId: string,
 *   firstMessageId: string,
 *   hasOlder: boolean,
 *   onOlder?: () => void,
 * }} options as of `Transcript` in webchat/components/react.py
 */
export function useFollowing({ conversationId, firstMessageId, hasOlder, onOlder }) {
  const scroller = useRef(/** @type {HTMLDivElement | null} */ (null));
  const content = useRef(/** @type {HTMLDivElement | null} */ (null));
  const following = useRef(true);
  const last = useRef({ top: 0, height: 0 });
  const gesture = useRef({ at: 0, held: false });
  const places = useRef(/** @type {import("./reading_place.js").Place[]} */ ([])); // what the reader looks at
  const askedFor = useRef(/** @type {string | null} */ (null));
  const askForOlder = useRef(() => {});
  const [away, setAway] = useState(false);

  const follow = useCallback(
    /** @param {boolean} on */
    (on) => {
      following.current = on;
      setAway(!on);
    },
    [],
  );

  const toLatest = useCallback(() => {
    follow(true);
    const box = elementOf(scroller);
    box.scrollTop = box.scrollHeight;
  }, [follow]);

  const onScroll = useCallback(() => {
    const box = elementOf(scroller);
    const meaning = meaningOfScroll(box, last.current, gesture.current, performance.now());
    const { resized, shortened, scrolled } = meaning;
    if (meaning.follow !== undefined) follow(meaning.follow);
    last.current = positionOf(box);
    if (following.current) places.current = [];
    else if (!resized) places.current = firstInSight(box, messagesIn(elementOf(content)));
    else if (!shortened) for (const place of places.current) place.top -= scrolled;
    // Otherwise the observer below comes next: it puts what is read back first.
    if (!resized) askForOlder.current();
  }, [follow]);

  // Listened to everywhere, because keys scroll the column wherever the focus is, and a scrollbar that was
  // pressed is let go anywhere.
  useEffect(() => {
    const note = () => {
      gesture.current.at = performance.now();
    };
    const hold = (/** @type {Event} */ event) => {
      gesture.current.held = event.target === scroller.current;
    };
    const release = () => {
      if (gesture.current.held) note();
      gesture.current.held = false;
    };
    const listeners = {
      wheel: note,
      touchmove: note,
      keydown: note,
      pointerdown: hold,
      pointerup: release,
      pointercancel: release,
    };
    const options = { capture: true, passive: true };
    for (const [name, listener] of Object.entries(listeners))
      window.addEventListener(name, listener, options);
    return () => {
      for (const [name, listener] of Object.entries(listeners))
        window.removeEventListener(name, listener, options);
    };
  }, []);

  // Called through a ref, because the observer below outlives every render.
  askForOlder.current = () => {
    if (!hasOlder || !wantsOlder(elementOf(scroller), following.current)) return;
    if (askedFor.current === firstMessageId) return;
    askedFor.current = firstMessageId;
    onOlder?.();
  };

  // New words push the end down: go with it. Whatever grows above the reader (older messages that come, their
  // words and code that come later still) must not move what is read.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      const box = scroller.current;
      if (!box || !content.current) return;
      if (following.current) box.scrollTop = box.scrollHeight;
      else {
        const moved = movedSince(box, places.current);
        if (moved) box.scrollTop += moved;
        // A column that is too short for it now may be long enough again: until then the place is remembered.
        if (Math.abs(movedSince(box, places.current)) < 1) {
          places.current = firstInSight(box, messagesIn(content.current));
        }
      }
      last.current = positionOf(box);
      askForOlder.current();
    });
    observer.observe(elementOf(content));
    observer.observe(elementOf(scroller));
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another conversation begins at its end
  useLayoutEffect(() => {
    askedFor.current = null;
    toLatest();
  }, [conversationId, toLatest]);

  // Who sends wants to see what they sent, wherever they were reading.
  useEffect(() => {
    window.addEventListener("webchat:sent", toLatest);
    return () => window.removeEventListener("webchat:sent", toLatest);
  }, [toLatest]);

  return { scroller, content, onScroll, away, toLatest };
}
