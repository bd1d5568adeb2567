// Tells the message around an answer that one of its diagrams could be drawn.

import { createContext } from "react";

/** @type {import("react").Context<((source: string) => void) | null>} */
export const DiagramDrawn = createContext(/** @type {((source: string) => void) | null} */ (null));
