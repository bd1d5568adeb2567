// The end of a list that grows as it is scrolled.

import { useEffect, useRef } from "react";
import { elementOf } from "./element_of.js";

const AHEAD = "300px"; // how far below the visible part the end may be

/**
 * Calls `onReach` when the end of the list is nearly visible, once for each number of rows.
 *
 * @param {{ rows: number, onReach?: () => void }} props
 */
export function EndOfList({ rows, onReach }) {
  const end = useRef(/** @type {HTMLDivElement | null} */ (null));
  const callback = useRef(onReach);
  callback.current = onReach;

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is observed again after each page
  useEffect(() => {
    const element = elementOf(end);
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        observer.disconnect();
        callback.current?.();
      },
      { root: element.closest("[data-scrolls]"), rootMargin: AHEAD },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [rows]);

  return <div ref={end} className="h-px" aria-hidden />;
}
