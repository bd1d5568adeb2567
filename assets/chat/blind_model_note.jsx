// Says before a message is sent that the chosen model may not see its pictures, and offers one that does.

import { EyeOff } from "lucide-react";
import { t } from "../ui/words.js";
import { blindModel } from "./seeing_models.js";

/**
 * @param {{
 *   models: import("../ui/model_groups.js").Model[],
 *   chosen: import("./seeing_models.js").Chosen,
 *   files: readonly { kind: string }[],
 *   onPick?: (model: string) => void,
 * }} props without `onPick` nothing is offered
 */
export function BlindModelNote({ models, chosen, files, onPick }) {
  const found = blindModel(models, chosen, files);
  if (!found) return null;
  const { words, other } = found;
  return (
    <div
      role="status"
      data-testid="blind-model"
      className="mb-2 flex flex-wrap items-center gap-x-2.5 gap-y-1 px-2 text-sm text-muted-foreground"
    >
      <span className="flex min-w-0 items-start gap-2.5">
        <EyeOff size={15} aria-hidden className="mt-0.75 shrink-0" />
        <span className="min-w-0 wrap-anywhere">{words}</span>
      </span>
      {other && onPick && (
        <button
          type="button"
          data-testid="use-seeing-model"
          onClick={() => onPick(other.id)}
          className="rounded-lg border border-border bg-card px-2.5 py-1 font-medium text-foreground hover:bg-muted"
        >
          {t("Use {name}", { name: other.name })}
        </button>
      )}
    </div>
  );
}
