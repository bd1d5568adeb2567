// The setting for the size of all text, which the browser keeps; assets/boot.js applies it before the first paint.

import { useEffect, useState } from "react";
import { t } from "./words.js";

const KEY = "webchat.text_size"; // in the browser's storage
const SIZES = [
  ["87.5", t("Small")],
  ["100", t("Normal")],
  ["112.5", t("Large")],
  ["125", t("Larger")],
];
const NORMAL = "100";

export function TextSize() {
  const [size, setSize] = useState(NORMAL);
  useEffect(() => setSize(localStorage.getItem(KEY) ?? NORMAL), []);

  const choose = (/** @type {string} */ next) => {
    localStorage.setItem(KEY, next);
    document.documentElement.style.fontSize = `${next}%`;
    setSize(next);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: as the choice of the theme beside it
    <div role="group" aria-labelledby="text-size" data-testid="text-size" className="mt-4">
      <p id="text-size" className="mb-1.5 text-sm font-medium">
        {t("Text size")}
      </p>
      <div className="flex gap-1 rounded-2xl border border-border bg-card p-1.5">
        {SIZES.map(([percent, name]) => (
          <button
            key={percent}
            type="button"
            aria-pressed={size === percent}
            onClick={() => choose(percent)}
            className="flex-1 rounded-lg px-2 py-2 text-sm hover:bg-muted aria-pressed:bg-accent aria-pressed:font-medium"
          >
            {name}
          </button>
        ))}
      </div>
    </div>
  );
}
