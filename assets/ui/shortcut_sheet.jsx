// The list of all keys.

import { ModalDialog } from "./dialog.jsx";
import { Keys } from "./keys.jsx";
import { SHORTCUTS } from "./shortcuts.js";
import { t } from "./words.js";

const PLACES = { Anywhere: t("Anywhere"), Conversation: t("Conversation") };
const FIXED = {
  [t("Message box")]: [
    ["Enter", t("Send. With an on-screen keyboard: a new line")],
    ["Shift+Enter", t("A new line")],
    ["/", t("Commands and saved prompts, at the start of a message")],
  ],
  [t("Lists")]: [
    ["ArrowUp", t("Previous entry; with the focus on a handle, move the row up")],
    ["ArrowDown", t("Next entry; with the focus on a handle, move the row down")],
    ["Alt+Enter", t("In the list of models: add to the favourites, or remove")],
    ["Escape", t("Close a menu, list or dialog")],
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
            <dd>{keys ? <Keys keys={keys} /> : <span className="text-muted-foreground">{t("Off")}</span>}</dd>
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
    <ModalDialog open={open} label={t("Keyboard shortcuts")} testid="shortcut-sheet" onClose={onClose}>
      <div className="p-5">
        {Object.entries(PLACES).map(([place, title]) => (
          <KeyList
            key={place}
            title={title}
            rows={SHORTCUTS.filter((each) => each.place === place).map(({ id, name }) => [keys[id], name])}
          />
        ))}
        <FixedKeys />
        <button
          type="button"
          onClick={onSettings}
          className="mt-4 text-sm text-primary underline underline-offset-2"
        >
          {t("Change them in Settings")}
        </button>
      </div>
    </ModalDialog>
  );
}
