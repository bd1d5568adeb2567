// Choosing several models in the model picker, which then answer side by side.

import { Columns2 } from "lucide-react";
import { useState } from "react";
import { ngettext, t } from "./words.js";

/**
 * The models chosen so far; `picked` is null while one model is chosen.
 *
 * @param {{ compared: string[], value: string, most: number }} options `compared`: those chosen before; `value`:
 * the current model
 */
export function useComparedModels({ compared, value, most }) {
  const [picked, setPicked] = useState(/** @type {string[] | null} */ (null));
  const isFull = !!picked && picked.length >= most;
  const toggle = (/** @type {string} */ id) => {
    if (picked?.includes(id)) setPicked(picked.filter((each) => each !== id));
    else if (!isFull) setPicked([...(picked ?? []), id]);
  };
  const begin = () => setPicked(compared.length ? compared : [value].filter(Boolean));
  const end = () => setPicked(null);
  return { picked, toggle, isFull, begin, end };
}

const plain = "rounded-lg px-2.5 py-1.5 text-sm hover:bg-muted";

/**
 * The line below the list: it offers to compare, counts the chosen models, and ends the choice.
 *
 * @param {{
 *   picked: string[] | null,
 *   most: number,
 *   comparing: boolean,
 *   onBegin: () => void,
 *   onCompare: (ids: string[]) => void,
 * }} props `comparing`: whether several models are chosen already; `onCompare` gets none to end that
 */
export function CompareBar({ picked, most, comparing, onBegin, onCompare }) {
  return (
    <div className="flex items-center gap-1.5 border-t border-border p-1.5">
      {!picked && (
        <button
          type="button"
          data-testid="compare-models"
          onClick={onBegin}
          className={`${plain} flex w-full items-center gap-2.5 text-left`}
        >
          <Columns2 size={15} aria-hidden className="shrink-0 text-muted-foreground" />
          {ngettext("Compare up to {count} model", "Compare up to {count} models", most)}
        </button>
      )}
      {picked && (
        <>
          <span
            role="status"
            data-testid="compare-count"
            className="flex-1 ps-2.5 text-sm text-muted-foreground"
          >
            {t("{number} of {most} chosen", { number: picked.length, most })}
          </span>
          {comparing && (
            <button type="button" data-testid="compare-end" onClick={() => onCompare([])} className={plain}>
              {t("Stop comparing")}
            </button>
          )}
          <button
            type="button"
            data-testid="compare-start"
            disabled={picked.length < 2}
            onClick={() => onCompare(picked)}
            className="rounded-lg bg-primary px-3 py-1.5 text-sm font-medium text-primary-foreground hover:brightness-95 disabled:bg-muted disabled:text-muted-foreground"
          >
            {t("Compare")}
          </button>
        </>
      )}
    </div>
  );
}
