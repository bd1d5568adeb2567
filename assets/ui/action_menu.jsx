// A button that opens a menu of actions. The menu is a popover, which no scrolling list cuts off.

import { Ellipsis } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { elementOf } from "./element_of.js";
import { isInSight, place } from "./place.js";

/** @param {HTMLElement} menu */
const itemsOf = (menu) =>
  [...menu.querySelectorAll("[role=menuitem]")].filter((item) => item instanceof HTMLElement);

/** @type {Record<string, (at: number, count: number) => number>} */
const MOVES = {
  ArrowDown: (at, count) => (at + 1) % count,
  ArrowUp: (at, count) => (at - 1 + count) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** @param {{ onClick: () => void, testid?: string, online?: boolean, children: string }} props `online`: it needs the server */
export const MenuItem = ({ onClick, testid, online, children }) => (
  <button
    type="button"
    role="menuitem"
    data-testid={testid}
    data-online={online ? "" : undefined}
    onClick={onClick}
    className="block w-full rounded-lg px-3 py-2 text-start hover:bg-muted focus-visible:bg-muted"
  >
    {children}
  </button>
);

/**
 * The button and its menu; the children are the items, each with `role="menuitem"`.
 *
 * @param {{
 *   label: string,
 *   testid?: string,
 *   icon?: import("react").FunctionComponent<{ size?: number }>,
 *   round?: boolean,
 *   children: import("react").ReactNode,
 * }} props `round`: as large as the buttons of the composer
 */
export function ActionMenu({ label, testid, icon: Icon = Ellipsis, round = false, children }) {
  const [open, setOpen] = useState(false);
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const menu = useRef(/** @type {HTMLDivElement | null} */ (null));
  const wasOpen = useRef(false); // a press on the button closes the popover before it is a click

  useEffect(() => {
    if (!open) return undefined;
    const shown = elementOf(menu);
    shown.showPopover();
    place(shown, elementOf(button));
    itemsOf(shown)[0]?.focus();
    // A list also scrolls by itself, as to the end of an answer that is being written.
    const follow = (/** @type {Event} */ { target }) => {
      if (target instanceof Node && shown.contains(target)) return;
      if (isInSight(elementOf(button), target)) place(shown, elementOf(button));
      else setOpen(false);
    };
    document.addEventListener("scroll", follow, { capture: true, passive: true });
    return () => document.removeEventListener("scroll", follow, { capture: true });
  }, [open]);

  const keyDown = (/** @type {import("react").KeyboardEvent} */ event) => {
    const items = itemsOf(elementOf(menu));
    const move = MOVES[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.preventDefault();
      event.stopPropagation(); // the composer would stop the answer
      setOpen(false);
      elementOf(button).focus();
    } else if (move) {
      event.preventDefault();
      items[move(items.indexOf(/** @type {HTMLElement} */ (document.activeElement)), items.length)]?.focus();
    }
  };

  return (
    <>
      <button
        ref={button}
        type="button"
        aria-label={label}
        title={label}
        aria-haspopup="menu"
        aria-expanded={open}
        data-testid={testid}
        onPointerDown={() => {
          wasOpen.current = open;
        }}
        onClick={() => {
          setOpen(!wasOpen.current);
          wasOpen.current = false;
        }}
        className={`grid shrink-0 place-items-center text-muted-foreground hover:bg-muted hover:text-foreground aria-expanded:bg-muted aria-expanded:text-foreground ${round ? "size-9 rounded-full" : "size-8 rounded-md"}`}
      >
        <Icon size={round ? 18 : 16} aria-hidden />
      </button>
      {open && (
        <div
          ref={menu}
          popover="auto"
          role="menu"
          tabIndex={-1}
          aria-label={label}
          data-testid="action-menu"
          onToggle={(event) => event.newState === "closed" && setOpen(false)}
          onKeyDown={keyDown}
          onClick={() => {
            setOpen(false);
            button.current?.focus();
          }}
          className="fixed inset-auto m-0 min-w-44 rounded-xl border border-border bg-card p-1 text-sm text-foreground shadow-xl"
        >
          {children}
        </div>
      )}
    </>
  );
}
