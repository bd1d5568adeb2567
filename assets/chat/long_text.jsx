// A long question, folded so that it does not fill the screen.

import { useState } from "react";
import { t } from "../ui/words.js";

const LINES = 14;
const SIGNS_OF_A_LINE = 62;

/**
 * Whether a text takes more than a dozen lines; told by the text alone, so that nothing moves when it is drawn.
 *
 * @param {string} text
 */
export function isLong(text) {
  let lines = 0;
  for (let at = 0; at < text.length && lines <= LINES; lines += 1) {
    const end = text.indexOf("\n", at);
    const length = (end < 0 ? text.length : end) - at;
    lines += Math.floor(length / SIGNS_OF_A_LINE);
    at += length + 1;
  }
  return lines > LINES;
}

/** @param {{ children: import("react").ReactNode }} props */
export function LongText({ children }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <div className={open ? undefined : "folded"}>{children}</div>
      <button
        type="button"
        data-testid="fold-question"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="mt-1 py-1 text-sm text-muted-foreground underline underline-offset-3 hover:text-foreground"
      >
        {open ? t("Show less") : t("Show more")}
      </button>
    </>
  );
}
