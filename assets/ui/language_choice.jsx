// The setting for the language of the interface. The page is reloaded in the chosen language.

import { useState } from "react";
import { BASE } from "./base.js";
import { t } from "./words.js";

const TAB = "token"; // where Reflex keeps the id of this tab, whose state has words in the language it was made in

/**
 * @param {string} language
 * @returns {Promise<string>} why it was not saved; empty if it was
 */
async function save(language) {
  try {
    const body = JSON.stringify({ language });
    const response = await fetch(`${BASE}/api/language`, { method: "PUT", body });
    if (response.ok) return "";
    const found = await response.json().catch(() => ({}));
    return found.error ?? t("The language could not be saved. Nothing was changed. Try again.");
  } catch {
    return t("The language could not be saved. Check the connection and try again.");
  }
}

/**
 * @param {{ languages: string[][], value: string, onRefused?: (reason: string) => void }} props as of
 *   `LanguageChoice` in webchat/components/react_ui.py
 */
export function LanguageChoice({ languages, value, onRefused }) {
  const [saving, setSaving] = useState(false);

  const choose = async (/** @type {string} */ language) => {
    setSaving(true);
    const refused = await save(language);
    setSaving(false);
    if (refused) return void onRefused?.(refused);
    sessionStorage.removeItem(TAB);
    location.reload();
  };
  return (
    <label className="mt-4 block">
      <span className="mb-1.5 block text-sm font-medium">{t("Language")}</span>
      <select
        data-testid="language"
        data-online=""
        disabled={saving}
        value={value}
        onChange={(event) => choose(event.target.value)}
        className="w-full rounded-lg border border-input bg-card px-3 py-2 text-sm outline-none focus:border-primary"
      >
        <option value="">{t("Automatic: the language of the browser")}</option>
        {languages.map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
