// The order and the groups of the models in a picker.

import { ranked } from "./rank.js";
import { t } from "./words.js";

/** @typedef {{ id: string, name: string, provider: string, known?: string, sees?: boolean }} Model */

const AUTO = "Auto:auto";
const RECENT = 4; // models in the group of those used last

/**
 * The fields by which a model is found, the most important first.
 *
 * @param {Model} model
 */
export const fieldsOf = ({ name, id, provider }) => [name, id, provider];

/**
 * The groups of a picker: without a query favourites, recently used ones and the providers; with one a
 * single group without a title, the best match first. No model is in two groups.
 *
 * @param {Model[]} models
 * @param {string} query
 * @param {{ favourites: string[], recent: string[] }} known
 * @returns {{ title: string, models: Model[] }[]}
 */
export function groupsOf(models, query, { favourites, recent }) {
  const byId = new Map(models.map((model) => [model.id, model]));
  const there = (/** @type {string[]} */ ids) => ids.flatMap((id) => byId.get(id) ?? []);
  const starred = there(favourites);
  const used = there(recent).filter((model) => !favourites.includes(model.id) && model.id !== AUTO);
  if (query.trim()) {
    const ordered = [...new Set([...starred, ...there(recent), ...models])];
    return [{ title: "", models: ranked(ordered, query, fieldsOf).map(({ item }) => item) }];
  }
  const above = new Set([...starred, ...used.slice(0, RECENT)]);
  /** @type {Map<string, Model[]>} */
  const providers = new Map();
  for (const model of models) {
    if (above.has(model)) continue;
    const title = model.id === AUTO ? "" : model.provider;
    const group = providers.get(title);
    if (group) group.push(model);
    else providers.set(title, [model]);
  }
  const auto = providers.get("") ?? [];
  providers.delete("");
  return [
    { title: "", models: auto },
    { title: t("Favourites"), models: starred },
    { title: t("Recently used"), models: used.slice(0, RECENT) },
    ...[...providers].map(([title, own]) => ({ title, models: own })),
  ].filter((group) => group.models.length);
}
