// Which model accepts the pictures of a message.

import { t } from "../ui/words.js";

/** @typedef {import("../ui/model_groups.js").Model} Model */

/**
 * What is known about the chosen model: whether it is known to see, and whether its provider takes pictures at all.
 *
 * @typedef {{ id: string, sees: boolean, takesPictures: boolean }} Chosen
 */

/**
 * The model of which to ask whether it sees: of those that are compared, one that does not.
 *
 * @param {Model[]} models
 * @param {string[]} compared ids of the models that answer side by side, instead of `chosen`
 * @param {Chosen} chosen
 * @returns {Chosen}
 */
export function chosenModel(models, compared, chosen) {
  if (!compared.length) return chosen;
  const blind = compared.find((id) => !models.some((model) => model.id === id && model.sees));
  return { id: blind ?? "", sees: false, takesPictures: true };
}

/**
 * What to say about a model that may not see the pictures of a message, and which one to offer; null if there is nothing
 * to say.
 *
 * @param {Model[]} models
 * @param {Chosen} chosen
 * @param {readonly { kind: string }[]} files of the message
 * @returns {{ words: string, other: Model | undefined } | null}
 */
export function blindModel(models, { id, sees, takesPictures }, files) {
  const model = models.find((each) => each.id === id);
  if (!model || (sees && takesPictures) || !files.some(({ kind }) => kind === "picture")) return null;
  const words = takesPictures
    ? t("{model} is not known to see pictures.", { model: model.name })
    : t("{model} cannot see pictures.", { model: model.name });
  return { words, other: models.find((each) => each.sees && each.id !== id) };
}
