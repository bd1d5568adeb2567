// The keys of a list whose focus stays in a field: arrows move the active option, Enter picks it.

import { useEffect, useRef, useState } from "react";

/**
 * @param {string[]} ids of the options; the active one stays so when others come before it
 * @param {(index: number) => void} onPick
 */
export function useListbox(ids, onPick) {
  const [chosen, setActive] = useState(""); // empty for the first option
  const list = useRef(/** @type {HTMLDivElement | null} */ (null));
  const active = Math.max(0, ids.indexOf(chosen));
  const count = ids.length;

  // biome-ignore lint/correctness/useExhaustiveDependencies: each of them changes the active option
  useEffect(() => {
    list.current?.querySelector('[data-active="true"]')?.scrollIntoView({ block: "nearest" });
  }, [active, count]);

  /**
   * Handles a key of the field; returns whether it was one of the list.
   *
   * @param {import("react").KeyboardEvent} event
   */
  const keyDown = (event) => {
    if (event.nativeEvent.isComposing || event.keyCode === 229 || !count) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const plain = !(event.shiftKey || event.altKey || event.ctrlKey || event.metaKey);
    if (step && plain) setActive(ids[(active + step + count) % count]);
    else if (event.key === "Enter" && plain) onPick(active);
    else return false;
    event.preventDefault();
    return true;
  };

  return { active, setActive, list, keyDown };
}
