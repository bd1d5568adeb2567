// Tells the message around an answer that one of its diagrams could be drawn.

import { createContext, useContext, useEffect } from "react";

/** What is called with the source of a diagram that was drawn, or null. */
export const DiagramDrawn = createContext(/** @type {((source: string) => void) | null} */ (null));

/**
 * @param {string} source
 * @param {boolean} isDrawn
 */
export function useDiagramDrawn(source, isDrawn) {
  const onDrawn = useContext(DiagramDrawn);
  useEffect(() => {
    if (isDrawn) onDrawn?.(source);
  }, [isDrawn, onDrawn, source]);
}
