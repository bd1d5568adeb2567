// The layout of every page: a sidebar, which is a drawer on narrow screens and can be hidden on wide ones.

import { Menu, X } from "lucide-react";
import { Children, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useLocation } from "react-router";
import { prefetchConversations } from "./conversation_prefetch.js";
import { whenIdle } from "./idle.js";
import { NOTICES } from "./notice.jsx";
import { watchKeyboard } from "./on_screen_keyboard.js";
import { PageNotice } from "./page_notice.jsx";
import { prefetchConversationScripts } from "./page_scripts.js";
import { registerServiceWorker } from "./register_service_worker.js";
import { watchSwipes } from "./swipe.js";
import { t } from "./words.js";

const HIDDEN = "webchat.sidebar_hidden"; // in the browser's storage
const isWide = () => matchMedia("(min-width: 48rem)").matches;

/** @returns {HTMLDetailsElement | null} */
const openPopover = () => document.querySelector("details[data-popover][open]");

/**
 * The layout of a page; its two children are the sidebar and the page.
 *
 * @param {{ offline?: boolean, children: import("react").ReactNode }} props
 */
export function Shell({ offline = false, children }) {
  const [sidebar, page] = Children.toArray(children);
  const [open, setOpen] = useState(false);
  const [hidden, setHidden] = useState(false);
  const location = useLocation();

  // biome-ignore lint/correctness/useExhaustiveDependencies: navigation closes the menu
  useEffect(() => setOpen(false), [location]);

  // Enables buttons, which styles.css disables until the page is hydrated.
  useEffect(() => document.documentElement.setAttribute("data-ready", ""), []);

  useEffect(() => whenIdle(prefetchConversationScripts), []);

  useEffect(() => prefetchConversations(), []);

  useEffect(() => whenIdle(registerServiceWorker), []);

  useEffect(() => watchKeyboard(), []);

  const isOpen = useRef(open);
  isOpen.current = open;
  useEffect(
    () =>
      watchSwipes(
        () => isOpen.current,
        (next) => isWide() || setOpen(next),
      ),
    [],
  );

  useLayoutEffect(() => setHidden(localStorage.getItem(HIDDEN) === "true"), []);
  const toggle = useCallback(() => {
    if (!isWide()) {
      setOpen((before) => !before);
      return;
    }
    const next = localStorage.getItem(HIDDEN) !== "true";
    localStorage.setItem(HIDDEN, String(next));
    setHidden(next);
  }, []);
  useEffect(() => {
    const listen = (/** @type {Event} */ event) => {
      event.preventDefault(); // says that it was done
      toggle();
    };
    window.addEventListener("webchat:sidebar", listen);
    return () => window.removeEventListener("webchat:sidebar", listen);
  }, [toggle]);

  useEffect(() => {
    const keyDown = (/** @type {KeyboardEvent} */ event) => {
      const popover = event.key === "Escape" && openPopover();
      if (popover) {
        event.preventDefault();
        popover.querySelector("summary")?.focus(); // blurs the focused field, which saves it
        popover.open = false;
      } else if (event.key === "Escape" && open) {
        event.preventDefault();
        setOpen(false);
      }
    };
    document.addEventListener("keydown", keyDown);
    return () => document.removeEventListener("keydown", keyDown);
  }, [open]);

  useEffect(() => {
    const outside = (/** @type {PointerEvent} */ { target }) => {
      const popover = openPopover();
      if (!popover || (target instanceof Node && popover.contains(target))) return;
      const focused = document.activeElement;
      if (focused instanceof HTMLElement && popover.contains(focused)) focused.blur();
      popover.open = false;
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, []);

  return (
    <div className="flex h-[calc(100dvh-var(--keyboard,0px))] overflow-hidden bg-background pl-[env(safe-area-inset-left)] pr-[env(safe-area-inset-right)] pb-[env(safe-area-inset-bottom)] text-foreground">
      {open && (
        <div
          className="fixed inset-0 z-30 bg-black/40 md:hidden"
          onClick={() => setOpen(false)}
          aria-hidden
        />
      )}
      <aside
        id="sidebar"
        aria-label={t("Conversations")}
        data-open={open}
        data-hidden={hidden}
        className="fixed inset-y-0 left-0 z-40 flex w-72 max-w-[85vw] -translate-x-full flex-col border-r border-border bg-surface transition-transform duration-(--calm) max-md:invisible data-[open=true]:visible data-[open=true]:translate-x-0 md:static md:w-64 md:translate-x-0 md:data-[hidden=true]:hidden lg:w-72"
      >
        <button
          type="button"
          aria-label={t("Close the menu")}
          onClick={() => setOpen(false)}
          className="absolute right-2 top-2.5 grid size-9 place-items-center rounded-lg text-muted-foreground hover:bg-muted md:hidden"
        >
          <X size={18} aria-hidden />
        </button>
        {sidebar}
      </aside>
      <div
        data-hidden={hidden}
        className="group/page relative flex min-w-0 flex-1 flex-col md:data-[hidden=true]:[&_main_header]:pl-13"
      >
        <button
          type="button"
          data-testid="menu"
          aria-label={t("Open the menu")}
          aria-expanded={open}
          aria-controls="sidebar"
          onClick={toggle}
          className="absolute left-2 top-2 z-20 grid size-10 place-items-center rounded-lg hover:bg-muted md:not-group-data-[hidden=true]/page:hidden"
        >
          <Menu size={19} aria-hidden />
        </button>
        {page}
        <div
          id={NOTICES}
          data-offline={offline}
          className="pointer-events-none absolute inset-x-4 top-15 z-50 flex flex-col items-center gap-2 data-[offline=true]:top-28 md:data-[offline=true]:top-24"
        />
        <PageNotice offline={offline} />
      </div>
    </div>
  );
}
