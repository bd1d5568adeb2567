// The commands of the composer: what a text that begins with `/` offers. What matches nothing is sent as it is.

import { EXPORT_FORMATS } from "../ui/acts.js";
import { fieldsOf } from "../ui/model_groups.js";
import { addressOf } from "../ui/palette_items.js";
import { ranked, scoreOf } from "../ui/rank.js";
import { t } from "../ui/words.js";

const MOST = 8;
const BEGINNING = 60; // the score in rank.js of a word that begins with what is typed

/**
 * @typedef {{
 *   key: string,
 *   name: string,
 *   about: string,
 *   disabled?: boolean,
 *   text?: string,
 *   run?: [id: string, argument?: string],
 *   prompt?: string,
 * }} Entry `text` replaces the text of the composer, `run` is what `Acts.run` gets, `prompt` the id of a prompt
 */
/**
 * @typedef {{
 *   prompts: { id: string, name: string }[],
 *   models: import("../ui/model_groups.js").Model[],
 *   assistants: import("../ui/palette_items.js").Assistant[],
 *   inConversation: boolean,
 *   hasMessages: boolean,
 *   temporary: boolean,
 * }} Around
 */

/**
 * The commands, those that have nothing to do here disabled.
 *
 * @param {Around} around
 * @returns {Entry[]}
 */
function commands({ assistants, inConversation, hasMessages, temporary }) {
  const ready = inConversation && hasMessages;
  const shareable = ready && !temporary;
  const why = temporary && ready ? t("A temporary chat cannot be shared") : t("Nothing here yet");
  return [
    { key: "model", name: "/model", about: t("Choose the model"), text: "/model " },
    { key: "compare", name: "/compare", about: t("Ask two or three models at once"), run: ["compare"] },
    {
      key: "system",
      name: "/system",
      about: t("Set the system prompt of this conversation"),
      text: "/system ",
    },
    {
      key: "share",
      name: "/share",
      about: shareable ? t("Share this conversation by a link") : why,
      disabled: !shareable,
      run: ["share"],
    },
    {
      key: "export",
      name: "/export",
      about: ready ? t("Download this conversation") : t("Nothing here yet"),
      disabled: !ready,
      text: "/export ",
    },
    {
      key: "branch",
      name: "/branch",
      about: hasMessages ? t("Edit your last message, on a new branch") : t("Nothing here yet"),
      disabled: !hasMessages,
      run: ["edit-last"],
    },
    ...(assistants.length
      ? [
          {
            key: "assistant",
            name: "/assistant",
            about: t("New chat with an assistant"),
            text: "/assistant ",
          },
        ]
      : []),
    { key: "temporary", name: "/temporary", about: t("Begin a temporary chat"), run: ["temporary"] },
  ];
}

/**
 * The models for what follows `/model`.
 *
 * @param {string} query
 * @param {Around} around
 * @returns {Entry[]}
 */
function modelEntries(query, { models }) {
  const found = ranked(models, query, fieldsOf).slice(0, MOST);
  if (!found.length) return [{ key: "none", name: t("No models match"), about: query, disabled: true }];
  return found.map(({ item }) => ({
    key: item.id,
    name: item.name,
    about: item.provider,
    run: ["model", item.id],
  }));
}

/**
 * The assistants for what follows `/assistant`.
 *
 * @param {string} query
 * @param {Around} around
 * @returns {Entry[]}
 */
function assistantEntries(query, { assistants }) {
  const found = ranked(assistants, query, ({ name, description }) => [name, description]).slice(0, MOST);
  if (!found.length) return [{ key: "none", name: t("No assistants match"), about: query, disabled: true }];
  return found.map(({ item }) => ({
    key: item.id,
    name: item.name,
    about: item.description,
    run: ["open", addressOf(item)],
  }));
}

/**
 * What can be chosen for a text; nothing unless it begins with `/` and matches.
 *
 * @param {string} text
 * @param {Around} around
 * @returns {Entry[]}
 */
export function entriesFor(text, around) {
  const [, word, space, argument] = /^\/(\S*)(\s?)(.*)$/s.exec(text) ?? [];
  if (word === undefined) return [];
  if (word === "system" && argument.trim()) {
    return [
      {
        key: "system",
        name: t("Set the system prompt"),
        about: argument.trim(),
        run: ["system", argument.trim()],
      },
    ];
  }
  if (text.includes("\n")) return [];
  if (word === "model" && space) return modelEntries(argument, around);
  if (word === "assistant" && space && around.assistants.length) return assistantEntries(argument, around);
  const known = commands(around);
  const exports = known.find((each) => each.key === "export");
  if (word === "export" && !exports?.disabled && !scoreless(argument)) {
    return ranked(EXPORT_FORMATS, argument, ({ name }) => [name]).map(({ item }) => ({
      key: item.format,
      name: t("Export as {format}", { format: item.name }),
      about: "",
      run: ["export", item.format],
    }));
  }
  const own = space ? [] : known.filter(({ key }) => key.startsWith(word.toLowerCase()));
  const typed = text.slice(1);
  const prompts = ranked(around.prompts, typed, ({ name }) => [name])
    .filter(({ item }) => !typed.trim() || scoreOf([item.name], typed) >= BEGINNING)
    .map(({ item }) => ({
      key: item.id,
      name: item.name,
      about: t("Saved prompt"),
      prompt: item.id,
    }));
  return [...own, ...prompts.slice(0, MOST)];
}

/** Whether no format of an export begins with this. @param {string} argument */
const scoreless = (argument) =>
  !!argument && !EXPORT_FORMATS.some(({ name }) => name.toLowerCase().startsWith(argument.toLowerCase()));
