// A list that users reorder by dragging the handle of a row, or with the arrow keys on it. Rows have
// `data-id`, handles `data-handle`.

import { useCallback, useEffect, useRef } from "react";
import { elementOf } from "./element_of.js";

/** @typedef {import("react").DragEvent} DragEvent */

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

  const keyDown = useCallback(
    /** @param {import("react").KeyboardEvent} event */
    (event) => {
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
    [onReorder],
  );

  const dragStart = useCallback((/** @type {DragEvent} */ event) => {
    const row = rowOf(event.target);
    if (!row) return;
    dragged.current = row;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(row, 16, 16);
  }, []);

  const dragOver = useCallback((/** @type {DragEvent} */ event) => {
    const over = rowOf(event.target);
    if (!dragged.current || !over) return;
    event.preventDefault();
    const { top, height } = over.getBoundingClientRect();
    over.dataset.drop = event.clientY < top + height / 2 ? "before" : "after";
    for (const row of rowsOf(elementOf(list))) if (row !== over) delete row.dataset.drop;
  }, []);

  const drop = useCallback(
    /** @param {DragEvent} event */
    (event) => {
      const over = rowOf(event.target);
      const row = dragged.current;
      dragged.current = null;
      if (!row || !over) return;
      event.preventDefault();
      const after = over.dataset.drop === "after";
      delete over.dataset.drop;
      if (row === over) return;
      const ids = idsOf(elementOf(list)).filter((id) => id !== idOf(row));
      ids.splice(ids.indexOf(idOf(over)) + (after ? 1 : 0), 0, idOf(row));
      onReorder?.(ids);
    },
    [onReorder],
  );

  const dragEnd = useCallback(() => {
    dragged.current = null;
    for (const row of rowsOf(elementOf(list))) delete row.dataset.drop;
  }, []);

  return (
    <ul
      ref={list}
      aria-label={label}
      onKeyDown={keyDown}
      onDragStart={dragStart}
      onDragOver={dragOver}
      onDrop={drop}
      onDragEnd={dragEnd}
      className="space-y-2"
    >
      {children}
    </ul>
  );
}
