// The shortcuts in Settings: each can be changed, turned off and reset.

import { useState } from "react";
import { useIsMac } from "./keys.jsx";
import { FixedKeys } from "./shortcut_sheet.jsx";
import { bindings, keyNames, problemWith, recorded, SHORTCUTS } from "./shortcuts.js";
import { t } from "./words.js";

const SMALL = "rounded-md px-2 py-1.5 text-xs text-muted-foreground hover:bg-muted hover:text-foreground";

/**
 * @param {{
 *   changed?: Record<string, string>,
 *   onChange?: (shortcut: string, keys: string) => void,
 *   onReset?: () => void,
 * }} props as of `ShortcutSettings` in webchat/components/react_ui.py
 */
export function ShortcutSettings({ changed = {}, onChange, onReset }) {
  const mac = useIsMac();
  const [waiting, setWaiting] = useState(""); // the shortcut whose new keys are awaited
  const [problem, setProblem] = useState({ id: "", text: "" });
  const keys = bindings(changed);

  const record = (/** @type {import("react").KeyboardEvent} */ event, /** @type {string} */ id) => {
    if (waiting !== id || event.nativeEvent.isComposing) return;
    const pressed = recorded(event, mac);
    if (pressed === "Tab" || pressed === "Shift+Tab") {
      setWaiting("");
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (!pressed) return;
    const refused = pressed === keys[id] ? "" : problemWith(id, pressed, changed, mac);
    setProblem({ id, text: refused });
    if (refused) return;
    setWaiting("");
    const usual = SHORTCUTS.find((each) => each.id === id)?.keys;
    if (pressed !== keys[id]) onChange?.(id, pressed === usual ? "default" : pressed);
  };
  const change = (/** @type {string} */ id, /** @type {string} */ wanted) => {
    const usual = SHORTCUTS.find((each) => each.id === id)?.keys ?? "";
    const refused = wanted === "default" ? problemWith(id, usual, changed, mac) : "";
    setProblem({ id, text: refused });
    if (!refused) onChange?.(id, wanted);
  };

  return (
    <>
      <ul
        aria-label={t("Shortcuts")}
        className="mb-3 divide-y divide-border rounded-2xl border border-border bg-card px-4"
      >
        {SHORTCUTS.map(({ id, name, keys: usual }) => (
          <li key={id} data-testid="shortcut" data-shortcut={id} className="py-2.5">
            <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <span
                id={`shortcut-${id}`}
                className="min-w-0 flex-1 text-sm max-sm:-order-2 max-sm:basis-full"
              >
                {name}
              </span>
              {keys[id] !== usual && (
                <button
                  type="button"
                  data-online=""
                  data-testid="shortcut-default"
                  onClick={() => change(id, "default")}
                  className={SMALL}
                >
                  {t("Reset")}
                </button>
              )}
              {keys[id] && (
                <button
                  type="button"
                  data-online=""
                  data-testid="shortcut-off"
                  aria-label={t("Turn off: {name}", { name })}
                  onClick={() => change(id, "")}
                  className={SMALL}
                >
                  {t("Turn off")}
                </button>
              )}
              <button
                type="button"
                data-online=""
                data-testid="shortcut-keys"
                aria-describedby={`shortcut-${id}`}
                onClick={() => {
                  setWaiting(id);
                  setProblem({ id: "", text: "" });
                }}
                onBlur={() => setWaiting("")}
                onKeyDown={(event) => record(event, id)}
                className="min-w-32 rounded-lg border border-input bg-background px-3 py-1.5 text-center text-xs hover:bg-muted max-sm:-order-1"
              >
                {waiting === id ? t("Press the keys…") : keys[id] ? keyNames(keys[id], mac) : t("Off")}
              </button>
            </div>
            {problem.id === id && problem.text && (
              <p role="alert" data-testid="shortcut-problem" className="mt-1 text-sm text-danger">
                {problem.text}
              </p>
            )}
          </li>
        ))}
      </ul>
      <button
        type="button"
        data-online=""
        data-testid="shortcuts-reset"
        disabled={!Object.keys(changed).length}
        onClick={() => {
          setProblem({ id: "", text: "" });
          onReset?.();
        }}
        className="mb-8 rounded-lg border border-border bg-card px-3.5 py-2 text-sm font-medium hover:bg-muted disabled:opacity-50"
      >
        {t("Reset all")}
      </button>
      <FixedKeys />
    </>
  );
}
