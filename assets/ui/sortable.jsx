// A list that users reorder by dragging the handle of a row, with a mouse or a finger, or with the arrow keys
// on it; Escape ends dragging. Rows have `data-id`, handles `data-handle`.

import { useCallback, useEffect, useRef } from "react";
import { elementOf } from "./element_of.js";

/** @typedef {import("react").PointerEvent} PointerEvent */

/**
 * The row that contains an element.
 *
 * @param {EventTarget} target
 * @returns {HTMLElement | null}
 */
const rowOf = (target) => (target instanceof Element ? target.closest("[data-id]") : null);

/** @param {HTMLElement} row */
const idOf = (row) => row.dataset.id ?? "";

/** @param {HTMLElement} list */
const rowsOf = (list) => [...list.children].filter((row) => row instanceof HTMLElement);

/** @param {HTMLElement} list */
const idsOf = (list) => rowsOf(list).map(idOf);

/** @type {Record<string, number>} */
const STEPS = { ArrowUp: -1, ArrowDown: 1 };

/**
 * The list; its children are the rows.
 *
 * @param {{ children: import("react").ReactNode, onReorder?: (ids: string[]) => void, label: string }} props
 */
export function Sortable({ children, onReorder, label }) {
  const list = useRef(/** @type {HTMLUListElement | null} */ (null));
  const dragged = useRef(/** @type {HTMLElement | null} */ (null));
  const requestedOrder = useRef(/** @type {string[] | null} */ (null)); // not rendered yet

  useEffect(() => {
    const ids = idsOf(elementOf(list));
    const pending = requestedOrder.current;
    if (pending && (pending.join() === ids.join() || pending.length !== ids.length))
      requestedOrder.current = null;
  });

  const end = useCallback(() => {
    dragged.current = null;
    for (const row of rowsOf(elementOf(list))) {
      delete row.dataset.dragged;
      delete row.dataset.drop;
    }
  }, []);

  const keyDown = useCallback(
    /** @param {import("react").KeyboardEvent} event */
    (event) => {
      if (event.key === "Escape" && dragged.current) {
        event.stopPropagation(); // a dialog around the list stays open
        end();
      }
      const step = STEPS[event.key];
      /** @type {HTMLElement | null} */
      const handle = event.target instanceof Element ? event.target.closest("[data-handle]") : null;
      const row = handle && rowOf(handle);
      if (!step || !handle || !row) return;
      event.preventDefault();
      const ids = [...(requestedOrder.current ?? idsOf(elementOf(list)))];
      const from = ids.indexOf(idOf(row));
      const to = from + step;
      if (to < 0 || to >= ids.length) return;
      ids.splice(to, 0, ids.splice(from, 1)[0]);
      requestedOrder.current = ids;
      onReorder?.(ids);
      requestAnimationFrame(() => handle.focus());
    },
    [onReorder, end],
  );

  const pointerDown = useCallback((/** @type {PointerEvent} */ event) => {
    const handle = event.target instanceof Element ? event.target.closest("[data-handle]") : null;
    if (!handle || event.button !== 0) return;
    const row = rowOf(handle);
    if (row) row.dataset.dragged = "";
    dragged.current = row;
    if (handle instanceof HTMLElement) handle.focus(); // for Escape; not every browser does that by itself
    handle.setPointerCapture(event.pointerId);
  }, []);

  const pointerMove = useCallback((/** @type {PointerEvent} */ event) => {
    if (!dragged.current) return;
    const rows = rowsOf(elementOf(list));
    const over =
      rows.find((row) => event.clientY < row.getBoundingClientRect().bottom) ?? rows[rows.length - 1];
    const { top, height } = over.getBoundingClientRect();
    over.dataset.drop = event.clientY < top + height / 2 ? "before" : "after";
    for (const row of rows) if (row !== over) delete row.dataset.drop;
    over.scrollIntoView({ block: "nearest" });
  }, []);

  const pointerUp = useCallback(() => {
    const row = dragged.current;
    const over = rowsOf(elementOf(list)).find((each) => each.dataset.drop);
    const after = over?.dataset.drop === "after";
    end();
    if (!row || !over || row === over) return;
    const ids = idsOf(elementOf(list)).filter((id) => id !== idOf(row));
    ids.splice(ids.indexOf(idOf(over)) + (after ? 1 : 0), 0, idOf(row));
    onReorder?.(ids);
  }, [onReorder, end]);

  return (
    <ul
      ref={list}
      aria-label={label}
      onKeyDown={keyDown}
      onPointerDown={pointerDown}
      onPointerMove={pointerMove}
      onPointerUp={pointerUp}
      onPointerCancel={end}
      className="space-y-2"
    >
      {children}
    </ul>
  );
}
