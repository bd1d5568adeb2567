// The palette: a field that finds commands, conversations and models, all by keyboard.
//
// Not cmdk: it sorts the elements of the page itself, so that late results move others, and brings the dialog of
// Radix beside the native one. Without its filter only the arrow keys are left, which use_listbox.js has for
// three lists.

import { Search } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { elementOf } from "./element_of.js";
import { Keys } from "./keys.jsx";
import { sectionsOf } from "./palette_items.js";
import { useFound } from "./use_found.js";
import { useListbox } from "./use_listbox.js";
import { t } from "./words.js";

/** @param {{ text: import("./use_found.js").Marked }} props */
const Words = ({ text }) =>
  text.map(([part, matches], at) =>
    matches ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts never change
      <mark key={at} className="bg-transparent font-semibold text-inherit">
        {part}
      </mark>
    ) : (
      part
    ),
  );

/**
 * @param {{
 *   commands: import("./palette_items.js").Item[],
 *   conversations: import("./palette_items.js").Conversation[],
 *   assistants: import("./palette_items.js").Assistant[],
 *   models: import("./model_groups.js").Model[],
 *   isOpening: (event: import("react").KeyboardEvent) => boolean,
 *   onRun: (id: string, argument?: string) => void,
 *   onClose: () => void,
 * }} props `isOpening` says whether a key is the one that opens the palette, which also closes it
 */
export function Palette({ commands, conversations, assistants, models, isOpening, onRun, onClose }) {
  const box = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const listId = useId();
  const [query, setQuery] = useState("");
  const { results, problem } = useFound(query);
  const sections = sectionsOf(query, { commands, conversations, assistants, models, found: results });
  const items = sections.flatMap((section) => section.items);

  // The element closes itself first: it returns the focus, and what is run may move it.
  const close = () => elementOf(box).close();
  const pick = (/** @type {number} */ index) => {
    const [id, argument] = items[index].run;
    close();
    onRun(id, argument);
  };
  const { active, setActive, list, keyDown } = useListbox(
    items.map(({ key }) => key),
    pick,
  );

  useEffect(() => {
    const dialog = elementOf(box);
    dialog.showModal();
    return () => dialog.close();
  }, []);

  const handle = (/** @type {import("react").KeyboardEvent} */ event) => {
    if (keyDown(event)) return;
    if (event.key !== "Escape" && !isOpening(event)) return;
    if (event.nativeEvent.isComposing) return;
    event.preventDefault(); // the composer would stop the answer
    close();
  };

  return (
    <dialog
      ref={box}
      aria-label={t("Search and commands")}
      data-testid="palette"
      onClose={onClose}
      onKeyDown={handle}
      onMouseDown={(event) => {
        if (event.target !== box.current) return;
        event.preventDefault(); // what is behind does not take the focus
        close();
      }}
      className="mx-auto mb-auto mt-[12vh] w-[min(40rem,calc(100vw-2rem))] max-w-none flex-col overflow-hidden rounded-2xl border border-border bg-card p-0 text-foreground shadow-2xl backdrop:bg-black/45 open:flex max-sm:mt-3 max-sm:w-[calc(100vw-1.5rem)]"
    >
      <div className="flex items-center gap-3 border-b border-border px-4">
        <Search size={17} aria-hidden className="shrink-0 text-muted-foreground" />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={items[active] && `${listId}-${active}`}
          aria-label={t("Search and commands")}
          data-testid="palette-search"
          placeholder={t("Search or run a command")}
          autoComplete="off"
          maxLength={200}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive("");
          }}
          className="w-full bg-transparent py-3.5 text-base outline-none placeholder:text-muted-foreground"
        />
      </div>
      <div
        ref={list}
        id={listId}
        role="listbox"
        aria-label={t("Results")}
        onMouseDown={(event) => event.preventDefault()} // the search field keeps the focus
        className="h-[min(26rem,60dvh)] overflow-y-auto overscroll-contain p-2"
      >
        {sections.map((section) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset groups inputs
          <div key={section.title} role="group" aria-label={section.title}>
            <div aria-hidden className="px-3 pb-1 pt-2 text-xs font-medium text-muted-foreground">
              {section.title}
            </div>
            {section.items.map((item) => {
              const index = items.indexOf(item);
              return (
                // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the search field
                // biome-ignore lint/a11y/useKeyWithClickEvents: the search field handles the keys
                <div
                  key={item.key}
                  id={`${listId}-${index}`}
                  role="option"
                  aria-selected={index === active}
                  data-testid="palette-item"
                  data-active={index === active}
                  onPointerMove={() => setActive(item.key)}
                  onClick={() => pick(index)}
                  className="flex cursor-pointer items-center gap-3 rounded-lg px-3 py-2 text-sm data-[active=true]:bg-accent"
                >
                  <span className="min-w-0 flex-1">
                    <span className="block truncate" dir="auto">
                      <Words text={item.title} />
                    </span>
                    {!!item.about?.length && (
                      <span className="block truncate text-xs text-muted-foreground" dir="auto">
                        <Words text={item.about} />
                      </span>
                    )}
                  </span>
                  {item.keys && (
                    <span className="pointer-coarse:hidden">
                      <Keys keys={item.keys} />
                    </span>
                  )}
                </div>
              );
            })}
          </div>
        ))}
        {!items.length && !problem && (
          <p className="px-3 py-10 text-center text-sm text-muted-foreground">{t("Nothing found.")}</p>
        )}
        {problem && <p className="px-3 py-3 text-sm text-muted-foreground">{problem}</p>}
      </div>
      <p
        aria-hidden
        className="hidden gap-4 border-t border-border px-4 py-2 text-xs text-muted-foreground pointer-fine:flex"
      >
        <span>{t("↑ ↓ to move")}</span>
        <span>{t("Enter to open")}</span>
        <span>{t("Esc to close")}</span>
      </p>
    </dialog>
  );
}
