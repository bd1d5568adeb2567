// A modal dialog: the native element, which traps the focus and restores it when closed.

import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { elementOf } from "./element_of.js";
import { t } from "./words.js";

/**
 * A modal dialog, shown while `open`.
 *
 * @param {{
 *   open: boolean,
 *   label: string,
 *   testid?: string,
 *   wide?: boolean,
 *   onClose?: () => void,
 *   children: import("react").ReactNode,
 * }} props
 */
export function ModalDialog({ open, label, testid, wide = false, onClose, children }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const callback = useRef(onClose);
  callback.current = onClose;
  const wanted = useRef(open);
  wanted.current = open;
  // A dialog that was open before the page was reloaded is not reopened.
  const used = useRef(false);
  const shown = open && used.current;

  useEffect(() => {
    const listener = () => {
      used.current = true;
    };
    const types = ["click", "keydown"];
    for (const type of types) document.addEventListener(type, listener, { capture: true, once: true });
    return () => {
      for (const type of types) document.removeEventListener(type, listener, { capture: true });
    };
  }, []);

  useEffect(() => {
    if (open && !shown) callback.current?.();
  }, [open, shown]);

  useEffect(() => {
    if (!shown) return undefined;
    const dialog = elementOf(box);
    dialog.showModal();
    const first = dialog.querySelector("[data-first]"); // the element itself would take the close button
    if (first instanceof HTMLElement) first.focus();
    // What is wrong is said beside its field, which may be scrolled out of view.
    const observer = new MutationObserver((changes) => {
      for (const node of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
        if (node instanceof Element && node.matches('[role="alert"]'))
          node.scrollIntoView({ block: "center" });
      }
    });
    observer.observe(dialog, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
      if (!dialog.open) return;
      dialog.close();
      if (wanted.current) callback.current?.(); // unmounted: React does not receive the close event
    };
  }, [shown]);

  const close = () => elementOf(box).close();
  const keyDown = (/** @type {import("react").KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return; // that was for a dialog within this one
    event.preventDefault(); // the composer would stop the answer
    close();
  };

  return (
    <dialog
      ref={box}
      aria-label={label}
      data-testid={testid}
      // One that its owner has closed is not closed again: it may have been reopened meanwhile.
      onClose={() => wanted.current && !box.current?.open && callback.current?.()}
      onKeyDown={keyDown}
      onPointerDown={(event) => event.target === box.current && close()}
      className={`${wide ? "w-[min(72rem,calc(100vw-3rem))]" : "w-[min(40rem,calc(100vw-3rem))]"} m-auto max-h-[min(52rem,calc(100dvh-3rem))] max-w-none flex-col overflow-hidden rounded-2xl border border-border bg-background p-0 text-foreground shadow-2xl backdrop:bg-black/45 open:flex max-sm:m-0 max-sm:h-dvh max-sm:max-h-none max-sm:w-screen max-sm:rounded-none max-sm:border-0`}
    >
      {shown && (
        <>
          <header className="flex shrink-0 items-center justify-between gap-3 border-b border-border py-2.5 pl-5 pr-3">
            <h2 className="min-w-0 truncate text-base font-semibold">{label}</h2>
            <button
              type="button"
              aria-label={t("Close")}
              title={t("Close")}
              onClick={close}
              className="grid size-9 place-items-center rounded-lg text-muted-foreground hover:bg-muted hover:text-foreground"
            >
              <X size={18} aria-hidden />
            </button>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">{children}</div>
        </>
      )}
    </dialog>
  );
}
