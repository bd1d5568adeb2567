// A combobox for models: a button with the current model, and a searchable list.

import { ChevronDown, Search } from "lucide-react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { CompareBar, useComparedModels } from "./compare_bar.jsx";
import { elementOf } from "./element_of.js";
import { useIsMac } from "./keys.jsx";
import { groupsOf } from "./model_groups.js";
import { ModelOption } from "./model_option.jsx";
import { place } from "./place.js";
import { keyNames } from "./shortcuts.js";
import { useListbox } from "./use_listbox.js";
import { t } from "./words.js";

/** @typedef {import("./model_groups.js").Model} Model */

const SHARED = "hover:bg-muted disabled:pointer-events-none disabled:opacity-60";
const LOOKS = {
  plain: "flex max-w-full items-center gap-1.5 rounded-lg px-2.5 py-1.5 text-sm font-medium",
  small: "flex max-w-full items-center gap-1 rounded-lg px-2 py-1.5 text-xs text-muted-foreground",
  joined: "grid h-full place-items-center rounded-e-lg border border-s-0 border-border bg-card px-2",
};

/**
 * A searchable list of models.
 *
 * @param {{
 *   models?: Model[],
 *   favourites?: string[],
 *   recent?: string[],
 *   paused?: Record<string, number>,
 *   value: string,
 *   label: string,
 *   align?: string,
 *   small?: boolean,
 *   joined?: boolean,
 *   disabled?: boolean,
 *   testid?: string,
 *   compared?: string[],
 *   mostCompared?: number,
 *   onPick?: (id: string) => void,
 *   onStar?: (id: string) => void,
 *   onCompare?: (ids: string[]) => void,
 * }} props as of `ModelPicker` in webchat/components/react_ui.py
 */
export function ModelPicker({
  models = [],
  favourites = [],
  recent = [],
  paused = {},
  value,
  label,
  align = "left",
  small = false,
  joined = false,
  disabled = false,
  testid = "model-picker",
  compared = [],
  mostCompared = 0,
  onPick,
  onStar,
  onCompare,
}) {
  const [open, setOpen] = useState(false);
  const [query, setQuery] = useState("");
  const root = useRef(/** @type {HTMLDivElement | null} */ (null));
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const listId = useId();
  const mac = useIsMac();
  const { picked, toggle, isFull, begin, end } = useComparedModels({ compared, value, most: mostCompared });
  const groups = useMemo(
    () => (open ? groupsOf(models, query, { favourites, recent }) : []),
    [open, models, query, favourites, recent],
  );
  const found = useMemo(() => groups.flatMap((group) => group.models), [groups]);
  const places = useMemo(() => new Map(found.map((model, at) => [model, at])), [found]);
  const {
    active,
    setActive,
    list,
    keyDown: listKeyDown,
  } = useListbox(
    found.map(({ id }) => id),
    (at) => choose(found[at]),
  );

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

  const show = () => {
    setQuery("");
    const ordered = groupsOf(models, "", { favourites, recent }).flatMap((group) => group.models);
    setActive((ordered.find(({ id }) => id === value) ?? ordered[0])?.id ?? "");
    if (compared.length) begin();
    else end();
    setOpen(true);
  };
  useEffect(() => {
    if (!mostCompared || disabled) return undefined;
    const compare = (/** @type {Event} */ event) => {
      event.preventDefault(); // tells that there is a picker
      show();
      begin();
    };
    window.addEventListener("webchat:compare", compare);
    return () => window.removeEventListener("webchat:compare", compare);
  });
  const choose = (/** @type {Model} */ model) => (picked ? toggle(model.id) : pick(model));
  const pick = (/** @type {Model} */ model) => {
    close();
    onPick?.(model.id);
  };
  const compare = (/** @type {string[]} */ ids) => {
    close();
    onCompare?.(ids);
  };
  const close = () => {
    setOpen(false);
    // Focus the composer for the next input, except on touch screens: the on-screen keyboard would open.
    const composer = document.querySelector('[data-testid="composer"]');
    const isInDialog = root.current?.closest("dialog");
    const typesNext = !isInDialog && composer instanceof HTMLElement && matchMedia("(pointer: fine)").matches;
    (typesNext ? composer : button.current)?.focus({ preventScroll: true });
  };
  const keyDown = (/** @type {import("react").KeyboardEvent} */ event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      setOpen(false);
      button.current?.focus();
    } else if (event.key === "Enter" && event.altKey && found[active]) {
      event.preventDefault();
      onStar?.(found[active].id);
    } else listKeyDown(event);
  };

  return (
    <div ref={root} className={`relative ${small ? "shrink-0" : "min-w-0"}`}>
      <button
        ref={button}
        type="button"
        data-testid={testid}
        data-value={value}
        aria-haspopup="listbox"
        aria-expanded={open}
        disabled={disabled}
        aria-label={joined ? label : undefined}
        title={disabled ? t("You can choose a model when you're back online") : joined ? label : undefined}
        onClick={() => (open ? setOpen(false) : show())}
        className={`${SHARED} ${LOOKS[joined ? "joined" : small ? "small" : "plain"]}`}
      >
        {!joined && <span className="truncate">{label || t("Choose a model")}</span>}
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
              aria-label={t("Search models")}
              data-testid="model-search"
              placeholder={t("Search models")}
              value={query}
              onChange={(event) => {
                setQuery(event.target.value);
                setActive("");
              }}
              onKeyDown={keyDown}
              className="w-full bg-transparent py-2.5 text-sm outline-none placeholder:text-muted-foreground"
            />
          </div>
          <div
            ref={list}
            id={listId}
            role="listbox"
            aria-label={t("Models")}
            aria-multiselectable={picked ? true : undefined}
            onMouseDown={(event) => event.preventDefault()} // the search field keeps the focus
            className="max-h-[min(24rem,55vh)] overflow-y-auto p-1.5"
          >
            {found.length === 0 && (
              <p className="px-2.5 py-6 text-center text-sm text-muted-foreground">
                {models.length ? t("No models match.") : t("No models yet. Add a provider in Settings.")}
              </p>
            )}
            {groups.map((group) => (
              // biome-ignore lint/a11y/useSemanticElements: a fieldset groups inputs
              <div key={group.title} role="group" aria-label={group.title || t("Models")}>
                {group.title && (
                  <div aria-hidden className="px-2.5 pb-1 pt-2 text-xs font-medium text-muted-foreground">
                    {group.title}
                  </div>
                )}
                {group.models.map((model) => (
                  <ModelOption
                    key={model.id}
                    id={`${listId}-${places.get(model)}`}
                    model={model}
                    inGroup={group.title === model.provider}
                    paused={paused[model.provider] > Date.now()}
                    starred={favourites.includes(model.id)}
                    chosen={picked ? picked.includes(model.id) : model.id === value}
                    active={places.get(model) === active}
                    isFull={isFull}
                    onActive={() => setActive(model.id)}
                    onChoose={() => choose(model)}
                    onStar={() => onStar?.(model.id)}
                  />
                ))}
              </div>
            ))}
          </div>
          {mostCompared > 0 && (
            <CompareBar
              picked={picked}
              most={mostCompared}
              comparing={compared.length > 0}
              onBegin={begin}
              onCompare={compare}
            />
          )}
          <p
            aria-hidden
            className="hidden border-t border-border px-3 py-1.5 text-xs text-muted-foreground pointer-fine:block"
          >
            {picked ? t("Enter to add or remove") : t("Enter to choose")} ·{" "}
            {t("{keys} to add to favourites", { keys: keyNames("Alt+Enter", mac) })}
          </p>
        </div>
      )}
    </div>
  );
}
