// Files that are pasted, or dropped on the conversation, as React hooks.

import { useEffect, useRef, useState } from "react";
import { filesDragged, hasFiles } from "../ui/dragged_files.js";
import { pastedFiles } from "./pasted_files.js";

/** @param {EventTarget | null} target */
const isOtherField = (target) =>
  target instanceof Element &&
  !target.matches('[data-testid="composer"]') &&
  !!target.closest("input, textarea, select, dialog, [contenteditable]");

/**
 * Calls `onFiles` with what is pasted anywhere but in another field, unless somebody else has taken it.
 *
 * @param {(files: File[]) => void} onFiles
 */
export function usePastedFiles(onFiles) {
  useEffect(() => {
    const paste = (/** @type {ClipboardEvent} */ event) => {
      const taken = event.defaultPrevented || isOtherField(event.target);
      const files = taken ? [] : pastedFiles(event.clipboardData);
      if (!files.length) return;
      event.preventDefault();
      onFiles(files);
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, [onFiles]);
}

/**
 * Calls `onFiles` with what is dropped on the element around `inside` that matches a selector. Of two around each other,
 * the inner one takes the files. Returns that element, and how many files are dragged over it: null for none, 0 for an
 * unknown number.
 *
 * @param {import("react").RefObject<HTMLElement | null>} inside
 * @param {string} selector
 * @param {(files: File[]) => void} onFiles
 */
export function useDroppedFiles(inside, selector, onFiles) {
  const [place, setPlace] = useState(/** @type {HTMLElement | null} */ (null));
  const [dragged, setDragged] = useState(/** @type {number | null} */ (null));
  const callback = useRef(onFiles);
  callback.current = onFiles;

  useEffect(() => setPlace(inside.current?.closest(selector) ?? null), [inside, selector]);

  useEffect(() => {
    if (!place) return undefined;
    const isOurs = (/** @type {DragEvent} */ event) =>
      !event.defaultPrevented &&
      hasFiles(event) &&
      [...document.querySelectorAll("dialog[open]")].every((dialog) => dialog.contains(place));
    const over = (/** @type {DragEvent} */ event) => {
      if (event.defaultPrevented) setDragged(null); // they have moved to a place within this one
      if (!isOurs(event)) return;
      event.preventDefault(); // it can be dropped here
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
      setDragged(filesDragged(event));
    };
    const leave = (/** @type {DragEvent} */ { relatedTarget }) => {
      if (!(relatedTarget instanceof Node && place.contains(relatedTarget))) setDragged(null);
    };
    const drop = (/** @type {DragEvent} */ event) => {
      setDragged(null);
      if (!isOurs(event)) return;
      event.preventDefault();
      callback.current([...(event.dataTransfer?.files ?? [])]);
    };
    place.addEventListener("dragover", over);
    place.addEventListener("dragleave", leave);
    place.addEventListener("drop", drop);
    return () => {
      place.removeEventListener("dragover", over);
      place.removeEventListener("dragleave", leave);
      place.removeEventListener("drop", drop);
    };
  }, [place]);

  return { place, dragged };
}
