// The list of commands and saved prompts above the composer.

import { t } from "../ui/words.js";

/**
 * @param {{
 *   id: string,
 *   entries: import("./slash_commands.js").Entry[],
 *   active: number,
 *   list: import("react").RefObject<HTMLDivElement | null>,
 *   onActive: (key: string) => void,
 *   onPick: (index: number) => void,
 * }} props
 */
export const SlashMenu = ({ id, entries, active, list, onActive, onPick }) => (
  <div
    ref={list}
    id={id}
    role="listbox"
    aria-label={t("Commands and saved prompts")}
    tabIndex={0} // where it scrolls, the keyboard can scroll it
    data-testid="slash-menu"
    className="absolute inset-x-3 bottom-full z-20 mb-2 max-h-[min(20rem,40dvh)] overflow-y-auto rounded-2xl border border-border bg-card p-1.5 shadow-xl sm:inset-x-6"
  >
    {entries.map((entry, index) => (
      // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the composer
      // biome-ignore lint/a11y/useKeyWithClickEvents: the composer handles the keys
      <div
        key={entry.key}
        id={`${id}-${index}`}
        role="option"
        aria-selected={index === active}
        aria-disabled={entry.disabled}
        data-testid="slash-item"
        data-active={index === active}
        onPointerMove={() => onActive(entry.key)}
        onMouseDown={(event) => event.preventDefault()} // the composer keeps the focus
        onClick={() => onPick(index)}
        className="flex cursor-pointer items-baseline gap-3 rounded-lg px-3 py-2 text-sm data-[active=true]:bg-accent aria-disabled:text-muted-foreground"
      >
        <span className="max-w-[60%] shrink-0 truncate font-medium">{entry.name}</span>
        <span className="min-w-0 flex-1 truncate text-xs text-muted-foreground">{entry.about}</span>
      </div>
    ))}
  </div>
);
