// The list of all keys.

import { ModalDialog } from "./dialog.jsx";
import { Keys } from "./keys.jsx";
import { SHORTCUTS } from "./shortcuts.js";

const FIXED = {
  "Message box": [
    ["Enter", "Send. With an on-screen keyboard: a new line"],
    ["Shift+Enter", "A new line"],
    ["/", "Commands and saved prompts, at the start of a message"],
  ],
  Lists: [
    ["ArrowUp", "Previous entry; with the focus on a handle, move the row up"],
    ["ArrowDown", "Next entry; with the focus on a handle, move the row down"],
    ["Alt+Enter", "In the list of models: add to the favourites, or remove"],
    ["Escape", "Close a menu, list or dialog"],
  ],
};

/** @param {{ title: string, rows: [keys: string, what: string][] }} props */
export function KeyList({ title, rows }) {
  return (
    <section aria-label={title} className="mb-5 last:mb-0">
      <h3 className="mb-1 text-sm font-semibold">{title}</h3>
      <dl className="divide-y divide-border">
        {rows.map(([keys, what]) => (
          <div key={keys + what} className="flex items-center justify-between gap-4 py-2 text-sm">
            <dt className="min-w-0">{what}</dt>
            <dd>{keys ? <Keys keys={keys} /> : <span className="text-muted-foreground">Off</span>}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** The keys that cannot be changed. */
export const FixedKeys = () =>
  Object.entries(FIXED).map(([title, rows]) => (
    <KeyList key={title} title={title} rows={/** @type {[string, string][]} */ (rows)} />
  ));

/**
 * @param {{ open: boolean, keys: Record<string, string>, onClose: () => void, onSettings: () => void }} props
 */
export function ShortcutSheet({ open, keys, onClose, onSettings }) {
  return (
    <ModalDialog open={open} label="Keyboard shortcuts" testid="shortcut-sheet" onClose={onClose}>
      <div className="p-5">
        {["Anywhere", "Conversation"].map((place) => (
          <KeyList
            key={place}
            title={place}
            rows={SHORTCUTS.filter((each) => each.place === place).map(({ id, name }) => [keys[id], name])}
          />
        ))}
        <FixedKeys />
        <button
          type="button"
          onClick={onSettings}
          className="mt-4 text-sm text-primary underline underline-offset-2"
        >
          Change them in Settings
        </button>
      </div>
    </ModalDialog>
  );
}
