// What other tabs have changed.

import { useEffect, useRef } from "react";

const FIRST_RETRY = 500; // ms at most before a lost connection is tried again; each failure doubles it
const LAST_RETRY = 60_000;
const STEADY = 10_000; // ms after which a connection counts as one that holds
const TOGETHER = 60; // ms in which several changes are told as one

/**
 * Hears from the server what other tabs have changed, and says it to this page: the id of a conversation,
 * empty for the whole list.
 *
 * @param {{ onChange?: (conversationId: string) => void }} props
 */
export function ChangeFeed({ onChange }) {
  const tell = useRef(onChange);
  tell.current = onChange;

  useEffect(() => {
    /** @typedef {ReturnType<typeof setTimeout> | undefined} Timer */

    /** @type {WebSocket | null} */
    let socket = null;
    /** @type {Timer} */
    let retry;
    /** @type {Timer} */
    let steady;
    let failures = 0;
    let left = false;
    let missed = false;
    /** @type {Set<string>} */
    const changed = new Set();
    /** @type {Timer} */
    let telling;

    const take = (/** @type {string} */ conversation) => {
      changed.add(conversation);
      telling ||= setTimeout(() => {
        telling = undefined;
        const all = [...changed];
        changed.clear();
        for (const id of all) tell.current?.(id);
      }, TOGETHER);
    };
    const connect = () => {
      retry = undefined;
      const scheme = window.location.protocol === "https:" ? "wss" : "ws";
      const tab = sessionStorage.getItem("token"); // by which the server knows what this tab did itself
      if (!tab) {
        retry = setTimeout(connect, TOGETHER); // the page has not made its own connection yet
        return;
      }
      socket = new WebSocket(
        `${scheme}://${window.location.host}/api/changes?tab=${encodeURIComponent(tab)}`,
      );
      socket.onopen = () => {
        if (missed) take(""); // whatever happened meanwhile
        missed = false;
        steady = setTimeout(() => {
          failures = 0;
        }, STEADY);
      };
      socket.onmessage = (event) => take(JSON.parse(event.data).conversation);
      socket.onclose = () => {
        socket = null;
        missed = true;
        clearTimeout(steady);
        if (left) return;
        // Tabs that lost the same server come back at different times.
        const longest = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** failures);
        failures += 1;
        retry = setTimeout(connect, longest * (0.5 + Math.random() / 2));
      };
    };
    // The network is back, or the person is: there is a reason to try now.
    const atOnce = () => {
      if (!retry || document.hidden) return;
      clearTimeout(retry);
      connect();
    };
    connect();
    window.addEventListener("online", atOnce);
    document.addEventListener("visibilitychange", atOnce);
    return () => {
      left = true;
      window.removeEventListener("online", atOnce);
      document.removeEventListener("visibilitychange", atOnce);
      clearTimeout(retry);
      clearTimeout(steady);
      clearTimeout(telling);
      socket?.close();
    };
  }, []);

  return null;
}
