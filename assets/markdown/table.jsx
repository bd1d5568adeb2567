// A table, which scrolls within itself and can be copied.

import { useRef } from "react";
import { ActionMenu, MenuItem } from "../ui/action_menu.jsx";
import { writeClipboard } from "../ui/clipboard.js";
import { elementOf } from "../ui/element_of.js";
import { t } from "../ui/words.js";
import { rowsAsCsv, rowsAsMarkdown } from "./table_text.js";

/** @param {HTMLElement} table */
const rowsOf = (table) =>
  [...table.querySelectorAll("tr")].map((row) => [...row.cells].map((cell) => cell.innerText.trim()));

/** @param {{ dir?: string, children?: import("react").ReactNode }} props */
export function Table({ dir, children }) {
  const table = useRef(/** @type {HTMLTableElement | null} */ (null));
  const copy = (/** @type {(rows: string[][]) => string} */ format) =>
    writeClipboard(format(rowsOf(elementOf(table))));
  return (
    <div className="group/table relative" data-testid="table">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard */}
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset groups inputs */}
      <div className="wide" tabIndex={0} role="group" aria-label={t("Table")}>
        <table ref={table} dir={dir}>
          {children}
        </table>
      </div>
      <div className="absolute end-0 top-1 rounded-md bg-background opacity-0 group-hover/table:opacity-100 focus-within:opacity-100 has-aria-expanded:opacity-100 pointer-coarse:static pointer-coarse:w-fit pointer-coarse:opacity-100">
        <ActionMenu label={t("Copy the table")} testid="table-menu">
          <MenuItem onClick={() => copy(rowsAsMarkdown)}>{t("Copy as Markdown")}</MenuItem>
          <MenuItem onClick={() => copy(rowsAsCsv)}>{t("Copy as CSV")}</MenuItem>
        </ActionMenu>
      </div>
    </div>
  );
}
