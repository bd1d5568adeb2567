// A model in the list of `model_picker.jsx`.

import { Check, Star } from "lucide-react";
import { t } from "./words.js";

/** @typedef {import("./model_groups.js").Model} Model */

/**
 * One model: its name, its provider and what is known of it.
 *
 * @param {{ model: Model, inGroup: boolean, paused: boolean }} props `inGroup`: below its provider's name
 */
const Description = ({ model, inGroup, paused }) => (
  <span className="min-w-0 flex-1">
    <span className="block truncate">{model.name}</span>
    <span className="block truncate text-xs text-muted-foreground">
      <span className={inGroup ? "sr-only" : undefined}>{model.provider}</span>
      {!inGroup && model.known && " · "}
      {model.known}
      {paused && (
        <span className="text-warning">
          {inGroup && !model.known ? "" : " · "}
          {t("Paused")}
        </span>
      )}
    </span>
  </span>
);

/**
 * One model that can be chosen, and made a favourite.
 *
 * @param {{
 *   id: string,
 *   model: Model,
 *   inGroup: boolean,
 *   paused: boolean,
 *   starred: boolean,
 *   chosen: boolean,
 *   active: boolean,
 *   isFull: boolean,
 *   onActive: () => void,
 *   onChoose: () => void,
 *   onStar: () => void,
 * }} props `active`: whether Enter chooses it; `isFull`: whether no further one can be compared
 */
export const ModelOption = ({
  id,
  model,
  inGroup,
  paused,
  starred,
  chosen,
  active,
  isFull,
  onActive,
  onChoose,
  onStar,
}) => (
  // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the search field
  // biome-ignore lint/a11y/useKeyWithClickEvents: the search field handles the keys
  <div
    id={id}
    role="option"
    aria-selected={chosen}
    aria-disabled={(isFull && !chosen) || undefined}
    aria-description={starred ? t("Favourite") : undefined}
    data-testid="model-option"
    data-model={model.id}
    data-active={active}
    onPointerMove={onActive}
    onClick={onChoose}
    className="group/option aria-disabled:opacity-50 flex cursor-pointer items-center gap-2 rounded-lg px-2.5 py-2 text-sm data-[active=true]:bg-accent"
  >
    <Description model={model} inGroup={inGroup} paused={paused} />
    {chosen && <Check size={15} aria-hidden className="shrink-0 text-primary" />}
    {/* biome-ignore lint/a11y/noStaticElementInteractions: Alt+Enter does the same */}
    {/* biome-ignore lint/a11y/useKeyWithClickEvents: Alt+Enter does the same */}
    <span
      data-testid="model-star"
      data-starred={starred}
      title={starred ? t("Remove from favourites") : t("Add to favourites")}
      onClick={(event) => {
        event.stopPropagation();
        onStar();
      }}
      className="-my-1 grid size-8 shrink-0 place-items-center rounded-md text-muted-foreground opacity-0 hover:bg-border/60 group-data-[active=true]/option:opacity-100 data-[starred=true]:text-primary data-[starred=true]:opacity-100 pointer-coarse:opacity-100"
    >
      <Star size={15} aria-hidden fill={starred ? "currentColor" : "none"} />
    </span>
  </div>
);
