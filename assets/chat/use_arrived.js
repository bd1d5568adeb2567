// Whether the texts of a conversation have come after it was opened. Until then it is not shown, so that nothing
// moves while they come one after the other.

import { useLayoutEffect, useState } from "react";

const LONGEST = 1500; // ms to wait for them; after that, what is there is shown

/**
 * @param {import("react").RefObject<HTMLElement | null>} content
 * @param {string} conversationId
 */
export function useArrived(content, conversationId) {
  const [shown, setShown] = useState("");
  const arrived = shown === conversationId;

  useLayoutEffect(() => {
    const began = performance.now();
    let frame = 0;
    const look = () => {
      const waiting = content.current?.querySelector("[data-loading], [data-formatting]");
      if (!waiting || performance.now() - began > LONGEST) setShown(conversationId);
      else frame = requestAnimationFrame(look);
    };
    look();
    return () => cancelAnimationFrame(frame);
  }, [conversationId, content]);

  return arrived;
}
