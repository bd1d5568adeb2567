// What the server finds in conversations for the query of the palette.

import { useEffect, useState } from "react";
import { BASE } from "./base.js";
import { t } from "./words.js";

/** @typedef {[text: string, matches: boolean][]} Marked */
/** @typedef {{ href: string, title: Marked, excerpt: Marked }} Found */

const NOTHING = { query: "", results: /** @type {Found[]} */ ([]), problem: "" };

/**
 * @param {string} query
 * @returns {{ results: Found[], problem: string }} nothing until the server has answered
 */
export function useFound(query) {
  const [found, setFound] = useState(NOTHING);

  useEffect(() => {
    if (!query.trim()) return undefined;
    const gone = new AbortController();
    const search = async () => {
      const response = await fetch(`${BASE}/api/search?q=${encodeURIComponent(query)}`, {
        signal: gone.signal,
      });
      const answer = await response.json();
      setFound({
        query,
        results: response.ok ? answer : [],
        problem: response.ok ? "" : answer.error,
      });
    };
    search().catch(() => {
      if (gone.signal.aborted) return;
      setFound({ query, results: [], problem: t("Conversations could not be searched.") });
    });
    return () => gone.abort();
  }, [query]);

  return found.query === query ? found : NOTHING;
}
