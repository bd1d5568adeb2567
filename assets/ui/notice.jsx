// A notice at the top of the page, away from what is being read and written. It disappears by itself, unless it
// reports a failure; while the pointer is on it or something in it has the focus, it stays.

import { X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import { t } from "./words.js";

const SECONDS = 8;

/** The place of all notices; the frame of the page has it. */
export const NOTICES = "notices";

/**
 * @param {{
 *   testid: string,
 *   failed?: boolean,
 *   seconds?: number,
 *   about?: string,
 *   onDismiss?: () => void,
 *   children: import("react").ReactNode,
 * }} props `seconds`: how long it stays; `about`: what it is about, another starts anew
 */
export function Notice({ testid, failed = false, seconds = SECONDS, about = "", onDismiss, children }) {
  const [place, setPlace] = useState(/** @type {HTMLElement | null} */ (null));
  const [held, setHeld] = useState(false);
  const dismiss = useRef(onDismiss);
  dismiss.current = onDismiss;

  useEffect(() => setPlace(document.getElementById(NOTICES)), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another subject starts the time anew
  useEffect(() => {
    if (failed || held) return undefined;
    const timer = setTimeout(() => dismiss.current?.(), seconds * 1000);
    return () => clearTimeout(timer);
  }, [failed, held, seconds, about]);

  if (!place) return null;
  return createPortal(
    // biome-ignore lint/a11y/noStaticElementInteractions: only the time it stays depends on these events
    <div
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className="pointer-events-auto max-w-full"
    >
      <div
        role={failed ? "alert" : "status"}
        data-testid={testid}
        data-failed={failed}
        className="arrives flex w-max max-w-full items-center gap-3 rounded-xl border border-input bg-card py-2 ps-4 pe-2 text-sm shadow-lg data-[failed=true]:border-danger/40 data-[failed=true]:text-danger"
      >
        {children}
        <button
          type="button"
          aria-label={t("Dismiss")}
          onClick={() => dismiss.current?.()}
          className="grid size-8 shrink-0 place-items-center rounded-md text-muted-foreground hover:bg-muted hover:text-foreground"
        >
          <X size={15} aria-hidden />
        </button>
      </div>
    </div>,
    place,
  );
}
