// A list whose rows a person puts in order: by dragging a row's handle, or with the arrow keys on it.
// Rows carry data-id, handles data-handle.

import { useCallback, useEffect, useRef } from "react";

const idsOf = (list) => [...list.children].map((row) => row.dataset.id);

export function Sortable({ children, onReorder, label }) {
  const list = useRef(null);
  const dragged = useRef(null);
  const wanted = useRef(null); // an order that was asked for and is not on screen yet

  useEffect(() => {
    const ids = idsOf(list.current);
    const pending = wanted.current;
    if (pending && (pending.join() === ids.join() || pending.length !== ids.length)) wanted.current = null;
  });

  const keyDown = useCallback(
    (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      const handle = event.target.closest("[data-handle]");
      if (!step || !handle) return;
      event.preventDefault();
      const row = handle.closest("[data-id]");
      const ids = [...(wanted.current ?? idsOf(list.current))];
      const from = ids.indexOf(row.dataset.id);
      const to = from + step;
      if (to < 0 || to >= ids.length) return;
      ids.splice(to, 0, ids.splice(from, 1)[0]);
      wanted.current = ids;
      onReorder?.(ids);
      requestAnimationFrame(() => handle.focus());
    },
    [onReorder],
  );

  const dragStart = useCallback((event) => {
    dragged.current = event.target.closest("[data-id]");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setDragImage(dragged.current, 16, 16);
  }, []);

  const dragOver = useCallback((event) => {
    const over = event.target.closest("[data-id]");
    if (!dragged.current || !over) return;
    event.preventDefault();
    const { top, height } = over.getBoundingClientRect();
    over.dataset.drop = event.clientY < top + height / 2 ? "before" : "after";
    for (const row of list.current.children) if (row !== over) delete row.dataset.drop;
  }, []);

  const drop = useCallback(
    (event) => {
      const over = event.target.closest("[data-id]");
      const row = dragged.current;
      dragged.current = null;
      if (!row || !over) return;
      event.preventDefault();
      const after = over.dataset.drop === "after";
      delete over.dataset.drop;
      if (row === over) return;
      const ids = idsOf(list.current).filter((id) => id !== row.dataset.id);
      ids.splice(ids.indexOf(over.dataset.id) + (after ? 1 : 0), 0, row.dataset.id);
      onReorder?.(ids);
    },
    [onReorder],
  );

  const dragEnd = useCallback(() => {
    dragged.current = null;
    for (const row of list.current.children) delete row.dataset.drop;
  }, []);

  return (
    <ul ref={list} aria-label={label} onKeyDown={keyDown} onDragStart={dragStart} onDragOver={dragOver} onDrop={drop} onDragEnd={dragEnd} className="space-y-2">
      {children}
    </ul>
  );
}
