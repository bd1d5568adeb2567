// What the palette lists: commands, conversations, assistants and models at once, and found messages as they arrive.

import { EXPORT_FORMATS } from "./acts.js";
import { fieldsOf } from "./model_groups.js";
import { ranked } from "./rank.js";
import { SHORTCUTS } from "./shortcuts.js";
import { t } from "./words.js";

/**
 * @typedef {{
 *   key: string,
 *   title: import("./use_found.js").Marked,
 *   about?: import("./use_found.js").Marked,
 *   keys?: string,
 *   run: [id: string, argument?: string],
 * }} Item `run` is what `Acts.run` gets
 */
/** @typedef {{ title: string, items: Item[] }} Section */
/** @typedef {{ id: string, title: string }} Conversation */
/** @typedef {{ id: string, name: string, description: string }} Assistant */

const MOST = { Commands: 6, Conversations: 6, Assistants: 4, Models: 6 }; // of those that match
const WITHOUT_QUERY = { Commands: 40, Conversations: 5, Assistants: 0, Models: 0 };

/** The address of a new conversation with an assistant. @param {Assistant} assistant */
export const addressOf = ({ id }) => `/?assistant=${id}`;

const OF_COMPOSER = new Set(["message-box", "attach"]);

/** @type {(text: string) => import("./use_found.js").Marked} */
const plain = (text) => [[text, false]];

/**
 * The commands that make sense on this page.
 *
 * @param {{
 *   keys: Record<string, string>,
 *   sections: string[][],
 *   onChatPage: boolean,
 *   inConversation: boolean,
 *   hasMessages: boolean,
 *   temporary: boolean,
 * }} page
 * @returns {Item[]}
 */
export function commandsOf({ keys, sections, onChatPage, inConversation, hasMessages, temporary }) {
  const shown = SHORTCUTS.filter(
    ({ hidden, place, id }) =>
      !hidden && (place === "Anywhere" || hasMessages) && (onChatPage || !OF_COMPOSER.has(id)),
  );
  const command = (/** @type {string} */ title, /** @type {[string, string?]} */ ...run) => ({
    key: run.join(" "),
    title: plain(title),
    run,
  });
  return [
    ...shown.map(({ id, name }) => ({ ...command(name.replace(/ \(.*/, ""), id), keys: keys[id] })),
    command(t("New temporary chat"), "temporary"),
    ...(onChatPage ? [command(t("Compare models"), "compare")] : []),
    ...(inConversation && hasMessages && !temporary ? [command(t("Share this conversation"), "share")] : []),
    ...(inConversation && hasMessages
      ? EXPORT_FORMATS.map(({ format, name }) =>
          command(t("Export as {format}", { format: name }), "export", format),
        )
      : []),
    command(t("History"), "open", "/history"),
    command(t("Trash"), "open", "/trash"),
    ...sections.map(([path, title]) => command(t("Settings: {section}", { section: title }), "open", path)),
  ];
}

/**
 * The sections for a query. What the server found comes last, so that nothing moves when it arrives.
 *
 * @param {string} query
 * @param {{
 *   commands: Item[],
 *   conversations: Conversation[],
 *   assistants?: Assistant[],
 *   models: import("./model_groups.js").Model[],
 *   found: import("./use_found.js").Found[],
 * }} lists
 * @returns {Section[]}
 */
export function sectionsOf(query, { commands, conversations, assistants = [], models, found }) {
  const known = new Map(conversations.map((each) => [`/c/${each.id}`, each]));
  const most = query.trim() ? MOST : WITHOUT_QUERY;
  /** @type {{ kind: keyof typeof MOST, title: string, items: (Item & { fields: string[] })[] }[]} */
  const own = [
    {
      kind: "Conversations",
      title: t("Conversations"),
      items: [...known].map(([href, each]) => ({
        key: href,
        title: plain(each.title),
        run: ["open", href],
        fields: [each.title],
      })),
    },
    {
      kind: "Commands",
      title: t("Commands"),
      items: commands.map((each) => ({ ...each, fields: [each.title[0][0]] })),
    },
    {
      kind: "Assistants",
      title: t("Assistants"),
      items: assistants.map((each) => ({
        key: addressOf(each),
        title: plain(each.name),
        about: plain(each.description),
        run: ["open", addressOf(each)],
        fields: [each.name, each.description],
      })),
    },
    {
      kind: "Models",
      title: t("Models"),
      items: models.map((model) => ({
        key: model.id,
        title: plain(model.name),
        about: plain(model.provider),
        run: ["model", model.id],
        fields: fieldsOf(model),
      })),
    },
  ];
  const matching = own.map(({ kind, title, items }) => {
    const best = ranked(items, query, (each) => each.fields).slice(0, most[kind]);
    return { title, items: best.map(({ item }) => item), score: best[0]?.score ?? 0 };
  });
  const ordered = query.trim() ? matching.sort((one, other) => other.score - one.score) : matching;
  const listed = new Set(ordered.flatMap(({ items }) => items.map((item) => item.key)));
  const more = found
    .filter(({ href }) => !listed.has(href))
    .map(({ href, title, excerpt }) => ({
      key: href,
      title,
      about: excerpt,
      run: /** @type {[string, string]} */ (["open", href]),
    }));
  return [...ordered, { title: t("Found in conversations"), items: more }].filter(
    ({ items }) => items.length,
  );
}
