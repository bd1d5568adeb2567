// Auto-scroll and scroll anchoring of the list of messages: follows the end of the answer, or keeps the
// reader's position when content above it changes size. Loads older messages near the top.

import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { elementOf } from "../ui/element_of.js";
import { interpretScroll, positionOf, shouldLoadNewer, shouldLoadOlder } from "./following.js";
import { anchorShift, findAnchors } from "./reading_place.js";

const FOUND_AT = 80; // px from the top of the viewport to a message found by a search

/** @param {Element} content */
const messagesIn = (content) => content.querySelectorAll(":scope > article");

/**
 * Returns refs for the scrolling element and its content, the scroll handler, whether the reader is `away`
 * from the end, and a function that scrolls there.
 *
 * @param {{
 *   conversationId: string,
 *   firstMessageId: string,
 *   lastMessageId: string,
 *   foundId: string,
 *   hasOlder: boolean,
 *   hasNewer: boolean,
 *   onOlder?: () => void,
 *   onNewer?: () => void,
 *   onLatest?: () => void,
 * }} options as of `Transcript` in webchat/components/react_chat.py
 */
export function useFollowing({
  conversationId,
  firstMessageId,
  lastMessageId,
  foundId,
  hasOlder,
  hasNewer,
  onOlder,
  onNewer,
  onLatest,
}) {
  const scroller = useRef(/** @type {HTMLDivElement | null} */ (null));
  const content = useRef(/** @type {HTMLDivElement | null} */ (null));
  const following = useRef(true);
  const last = useRef({ top: 0, height: 0 });
  const gesture = useRef({ at: 0, held: false });
  const anchors = useRef(/** @type {import("./reading_place.js").Anchor[]} */ ([]));
  const target = useRef(/** @type {Element | null} */ (null));
  const requestedBefore = useRef(/** @type {string | null} */ (null));
  const requestedAfter = useRef(/** @type {string | null} */ (null));
  const loadMore = useRef(() => {});
  const unloaded = useRef(false);
  const [away, setAway] = useState(false);

  const follow = useCallback(
    /** @param {boolean} on */
    (on) => {
      following.current = on;
      setAway(!on);
    },
    [],
  );

  const scrollToEnd = useCallback(() => {
    follow(true);
    const box = elementOf(scroller);
    box.scrollTop = box.scrollHeight;
  }, [follow]);

  const scrollToLatest = useCallback(() => {
    if (unloaded.current) onLatest?.();
    scrollToEnd();
  }, [onLatest, scrollToEnd]);

  const onScroll = useCallback(() => {
    const box = elementOf(scroller);
    const change = interpretScroll(box, last.current, gesture.current, performance.now());
    const { resized, shortened, scrolled } = change;
    // The end of what is loaded is not the end of the conversation while newer messages are missing.
    if (change.follow !== undefined) follow(change.follow && !unloaded.current);
    last.current = positionOf(box);
    if (following.current) anchors.current = [];
    else if (target.current) anchors.current = [{ element: target.current, top: FOUND_AT }];
    else if (!resized) anchors.current = findAnchors(box, messagesIn(elementOf(content)));
    else if (!shortened) for (const anchor of anchors.current) anchor.top -= scrolled;
    // After a resize, the observer below restores the position first.
    if (!resized) loadMore.current();
  }, [follow]);

  // The listeners are on the window: keys scroll regardless of focus, and the pointer that drags the
  // scrollbar may be released anywhere.
  useEffect(() => {
    const recordInput = () => {
      target.current = null;
      gesture.current.at = performance.now();
    };
    const hold = (/** @type {Event} */ event) => {
      gesture.current.held = event.target === scroller.current;
    };
    const release = () => {
      if (gesture.current.held) recordInput();
      gesture.current.held = false;
    };
    const listeners = {
      wheel: recordInput,
      touchmove: recordInput,
      keydown: recordInput,
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

  // A ref, because the observer below is created once and needs the current props.
  unloaded.current = hasNewer;
  loadMore.current = () => {
    const box = elementOf(scroller);
    // Messages whose text is on its way say nothing about how much of the screen they will fill.
    if (following.current && content.current?.querySelector("[data-loading], [data-formatting]")) return;
    if (hasOlder && shouldLoadOlder(box, following.current) && requestedBefore.current !== firstMessageId) {
      requestedBefore.current = firstMessageId;
      onOlder?.();
    }
    if (hasNewer && shouldLoadNewer(box, following.current) && requestedAfter.current !== lastMessageId) {
      requestedAfter.current = lastMessageId;
      onNewer?.();
    }
  };

  // Follows the end as content grows. Content that grows above the viewport (older messages, and their text
  // and code blocks, which load later) must not move what is being read.
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      const box = scroller.current;
      if (!box || !content.current) return;
      if (following.current) box.scrollTop = box.scrollHeight;
      else {
        const moved = anchorShift(box, anchors.current);
        if (moved) box.scrollTop += moved;
        // If the content is too short to restore the position, the anchors are kept until it is long enough.
        if (!target.current && Math.abs(anchorShift(box, anchors.current)) < 1) {
          anchors.current = findAnchors(box, messagesIn(content.current));
        }
      }
      last.current = positionOf(box);
      loadMore.current();
    });
    observer.observe(elementOf(content));
    observer.observe(elementOf(scroller));
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a conversation opens at its end
  useLayoutEffect(() => {
    requestedBefore.current = null;
    requestedAfter.current = null;
    const box = elementOf(scroller);
    const found = foundId ? content.current?.querySelector(`[data-id="${CSS.escape(foundId)}"]`) : null;
    target.current = found ?? null;
    if (!found) {
      scrollToEnd();
      return;
    }
    // It stays in place while the texts around it load, until the reader scrolls.
    follow(false);
    anchors.current = [{ element: found, top: FOUND_AT }];
    box.scrollTop += anchorShift(box, anchors.current);
  }, [conversationId, foundId, scrollToEnd]);

  // Sending a message scrolls to it.
  useEffect(() => {
    window.addEventListener("webchat:sent", scrollToEnd);
    return () => window.removeEventListener("webchat:sent", scrollToEnd);
  }, [scrollToEnd]);

  return { scroller, content, onScroll, away, scrollToLatest };
}
