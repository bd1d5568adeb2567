// The list of commands above the composer, and the prompt whose variables are asked for.

import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { conversationOnScreen, currentActs, subscribeToActs } from "../ui/acts.js";
import { BASE } from "../ui/base.js";
import { useListbox } from "../ui/use_listbox.js";
import { t } from "../ui/words.js";
import { variablesOf } from "./prompt_text.js";
import { entriesFor } from "./slash_commands.js";

/** @typedef {import("./prompt_form.jsx").Prompt} Prompt */

/**
 * @param {string} address
 * @returns {Promise<any>}
 */
async function read(address) {
  const response = await fetch(address);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

/**
 * @param {string} text of the composer
 * @param {(text: string) => void} replace
 */
export function useSlash(text, replace) {
  const begun = text.startsWith("/");
  const [prompts, setPrompts] = useState(/** @type {{ id: string, name: string }[]} */ ([]));
  const [closed, setClosed] = useState(false);
  const [prompt, setPrompt] = useState(/** @type {Prompt | null} */ (null));
  const [problem, setProblem] = useState("");

  useEffect(() => {
    setClosed(false);
    setProblem("");
    if (!begun) return undefined;
    let gone = false;
    read(`${BASE}/api/prompts`).then(
      (found) => !gone && setPrompts(found),
      () => !gone && setProblem(t("Saved prompts could not be loaded.")),
    );
    return () => {
      gone = true;
    };
  }, [begun]);

  const { run, models, assistants, hasMessages, temporary } = useSyncExternalStore(
    subscribeToActs,
    currentActs,
    currentActs,
  );
  const entries = useMemo(() => {
    if (!begun || closed) return [];
    return entriesFor(text, {
      prompts,
      models,
      assistants,
      hasMessages,
      temporary,
      inConversation: !!conversationOnScreen(),
    });
  }, [begun, closed, text, prompts, models, assistants, hasMessages, temporary]);

  const open = async (/** @type {string} */ id) => {
    try {
      const found = await read(`${BASE}/api/prompts/${id}`);
      if (variablesOf(found.text).length) setPrompt(found);
      else replace(found.text);
    } catch {
      setProblem(t("This prompt could not be loaded. Try again."));
    }
  };
  const pick = (/** @type {number} */ index) => {
    const entry = entries[index];
    if (entry.disabled) return;
    if (entry.prompt) open(entry.prompt);
    else if (entry.run) {
      replace("");
      run(...entry.run);
    } else replace(entry.text ?? "");
  };
  const {
    active,
    setActive,
    list,
    keyDown: listKeyDown,
  } = useListbox(
    entries.map(({ key }) => key),
    pick,
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: other entries begin at the first
  useEffect(() => setActive(""), [text]);

  /**
   * Handles a key of the composer; returns whether it was one of the list.
   *
   * @param {import("react").KeyboardEvent} event
   */
  const keyDown = (event) => {
    if (!entries.length) return false;
    if (event.key === "Tab" && !event.shiftKey) pick(active);
    else if (event.key === "Escape") setClosed(true);
    else return listKeyDown(event);
    event.preventDefault();
    return true;
  };

  return {
    entries,
    active,
    setActive,
    list,
    keyDown,
    pick,
    problem,
    prompt,
    closePrompt: () => setPrompt(null),
  };
}
