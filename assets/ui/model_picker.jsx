// A combobox for models: a button with the current model, and a searchable list.

import { Check, ChevronDown, Search } from "lucide-react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { elementOf } from "./element_of.js";
import { place } from "./place.js";

/** @typedef {{ id: string, name: string, provider: string }} Model */

/**
 * The models whose name contains all words of a query.
 *
 * @param {Model[]} models
 * @param {string} query
 */
function matching(models, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return models.filter((model) => {
    const name = `${model.provider} ${model.name} ${model.id}`.toLowerCase();
    return words.every((word) => name.includes(word));
  });
}

/**
 * A searchable list of models.
 *
 * @param {{
 *   models?: Model[],
 *   value: string,
 *   label: string,
 *   align?: string,
 *   small?: boolean,
 *   disabled?: boolean,
 *   testid?: string,
 *   onPick?: (id: string) => void,
 * }} props as of `ModelPicker` in webchat/components/react.py
 */
export function ModelPicker({
  models = [],
  value,
  label,
  align = "left",
  small = false,
  disabled = false,
  testid = "model-picker",
  onPick,
}) {
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const root = useRef(/** @type {HTMLDivElement | null} */ (null));
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const list = useRef(/** @type {HTMLUListElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const listId = useId();
  const found = useMemo(() => matching(models, query), [models, query]);

  useEffect(() => {
    if (!open) return undefined;
    const shown = elementOf(box);
    shown.showPopover(); // no scrolling list cuts it off
    // On a phone it fills the width below the header instead.
    const atButton = () => {
      shown.style.top = shown.style.left = "";
      const edge = shown.dataset.align === "right" ? "end" : "start";
      if (!matchMedia("(width < 40rem)").matches) place(shown, elementOf(button), edge);
    };
    atButton();
    shown.querySelector("input")?.focus({ preventScroll: true });
    document.addEventListener("scroll", atButton, { capture: true, passive: true });
    window.addEventListener("resize", atButton);
    const outside = (/** @type {PointerEvent} */ { target }) => {
      if (!(target instanceof Node && root.current?.contains(target))) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("scroll", atButton, { capture: true });
      window.removeEventListener("resize", atButton);
    };
  }, [open]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each of them changes the active option
  useEffect(() => {
    list.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: "nearest" });
  }, [active, open, query]);

  const show = () => {
    setQuery("");
    setActive(
      Math.max(
        0,
        models.findIndex((model) => model.id === value),
      ),
    );
    setOpen(true);
  };
  const pick = (/** @type {Model} */ model) => {
    setOpen(false);
    // Focus the composer for the next input, except on touch screens: the on-screen keyboard would open.
    const composer = document.querySelector('[data-testid="composer"]');
    const typesNext = composer instanceof HTMLElement && matchMedia("(pointer: fine)").matches;
    (typesNext ? composer : button.current)?.focus({ preventScroll: true });
    onPick?.(model.id);
  };
  const keyDown = (/** @type {import("react").KeyboardEvent} */ event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      setOpen(false);
      button.current?.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((now) => (found.length ? (now + step + found.length) % found.length : 0));
    } else if (event.key === "Enter" && found[active]) {
      event.preventDefault();
      pick(found[active]);
    }
  };

  return (
    <div ref={root} className="relative min-w-0">
      <button
        ref={button}
        type="button"
        data-testid={testid}
        aria-haspopup="listbox"
        aria-expanded={open}
        disabled={disabled}
        title={disabled ? "You can choose a model when you're back online" : undefined}
        onClick={() => (open ? setOpen(false) : show())}
        className={`flex max-w-full items-center rounded-lg hover:bg-muted disabled:pointer-events-none disabled:opacity-60 ${small ? "gap-1 px-2 py-1.5 text-xs text-muted-foreground" : "gap-1.5 px-2.5 py-1.5 text-sm font-medium"}`}
      >
        <span className="truncate">{label || "Choose a model"}</span>
        <ChevronDown size={15} aria-hidden className="shrink-0 text-muted-foreground" />
      </button>
      {open && (
        <div
          ref={box}
          popover="manual"
          data-align={align}
          className="fixed inset-auto m-0 w-88 overflow-hidden rounded-xl border border-border bg-card p-0 text-foreground shadow-xl max-sm:inset-x-3 max-sm:top-14 max-sm:w-auto"
        >
          <div className="flex items-center gap-2 border-b border-border px-3">
            <Search size={15} aria-hidden className="shrink-0 text-muted-foreground" />
            <input
              role="combobox"
              aria-expanded="true"
              aria-controls={listId}
              aria-activedescendant={found[active] && `${listId}-${active}`}
              aria-label="Search models"
              data-testid="model-search"
              placeholder="Search models"
              value={query}
              onChange={(event) => {
                setQuery(event.target.value);
                setActive(0);
              }}
              onKeyDown={keyDown}
              className="w-full bg-transparent py-2.5 text-sm outline-none placeholder:text-muted-foreground"
            />
          </div>
          <ul
            ref={list}
            id={listId}
            // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the list of a combobox
            role="listbox"
            aria-label="Models"
            className="max-h-[min(22rem,55vh)] overflow-y-auto p-1.5"
          >
            {found.length === 0 && (
              <li className="px-2.5 py-6 text-center text-sm text-muted-foreground">
                {models.length ? "No models match." : "No models yet. Add a provider in Settings."}
              </li>
            )}
            {found.map((model, index) => (
              // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the search field
              // biome-ignore lint/a11y/useKeyWithClickEvents: the search field handles the keys
              <li
                key={model.id}
                id={`${listId}-${index}`}
                // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: an option of a combobox
                role="option"
                aria-selected={model.id === value}
                data-testid="model-option"
                data-model={model.id}
                data-active={index === active}
                onPointerMove={() => setActive(index)}
                onClick={() => pick(model)}
                className="flex cursor-pointer items-center gap-2 rounded-lg px-2.5 py-2 text-sm data-[active=true]:bg-muted"
              >
                <span className="min-w-0 flex-1">
                  <span className="block truncate">{model.name}</span>
                  <span className="block truncate text-xs text-muted-foreground">{model.provider}</span>
                </span>
                {model.id === value && <Check size={15} aria-hidden className="shrink-0 text-primary" />}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  );
}
