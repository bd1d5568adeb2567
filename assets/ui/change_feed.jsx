// Notifications of changes that other tabs have made.

import { useEffect, useRef } from "react";
import { BASE } from "./base.js";
import { isSignedOut, setSignedOut } from "./signed_out.js";

const INITIAL_BACKOFF = 500; // ms, the maximum delay of the first retry; it doubles with each failure
const MAX_BACKOFF = 60_000;
const STABLE_AFTER = 10_000; // ms after which a connection resets the backoff
const BATCH_WINDOW = 60; // ms within which repeated changes are reported once
const NOT_SIGNED_IN = 1008; // the code with which the server closes the connection
const TOKEN_POLL = 60; // ms between checks for the token of this tab

/** Closes `socket` once it is open: closing it while it connects makes the browser report an error. @param {WebSocket} socket */
const close = (socket) => {
  socket.onmessage = null;
  if (socket.readyState !== WebSocket.CONNECTING) socket.close();
  else socket.onopen = () => socket.close();
};

/**
 * Subscribes to changes that other tabs have made. `onChange` gets the id of a conversation, or an empty
 * string for the whole list.
 *
 * @param {{ onChange?: (conversationId: string) => void }} props
 */
export function ChangeFeed({ onChange }) {
  const callback = useRef(onChange);
  callback.current = onChange;

  useEffect(() => {
    /** @typedef {ReturnType<typeof setTimeout> | undefined} Timer */

    /** @type {WebSocket | null} */
    let socket = null;
    /** @type {Timer} */
    let retry;
    /** @type {Timer} */
    let stableTimer;
    let failures = 0;
    let unmounted = false;
    let disconnected = false;
    /** @type {Set<string>} */
    const changed = new Set();
    /** @type {Timer} */
    let batchTimer;

    const report = (/** @type {string} */ conversation) => {
      changed.add(conversation);
      batchTimer ||= setTimeout(() => {
        batchTimer = undefined;
        const all = [...changed];
        changed.clear();
        for (const id of all) callback.current?.(id);
      }, BATCH_WINDOW);
    };
    const connect = () => {
      retry = undefined;
      const scheme = window.location.protocol === "https:" ? "wss" : "ws";
      const tab = sessionStorage.getItem("token"); // excludes the changes of this tab itself
      if (!tab) {
        retry = setTimeout(connect, TOKEN_POLL); // Reflex has not connected yet
        return;
      }
      socket = new WebSocket(
        `${scheme}://${window.location.host}${BASE}/api/changes?tab=${encodeURIComponent(tab)}`,
      );
      socket.onopen = () => {
        // There may have been changes. A page that is signed out loads again once it is not.
        if (disconnected && !isSignedOut()) report("");
        disconnected = false;
        stableTimer = setTimeout(() => {
          failures = 0;
        }, STABLE_AFTER);
      };
      socket.onmessage = (event) => report(JSON.parse(event.data).conversation);
      socket.onclose = ({ code }) => {
        socket = null;
        if (code === NOT_SIGNED_IN) setSignedOut(true);
        disconnected = true;
        clearTimeout(stableTimer);
        if (unmounted) return;
        // Exponential backoff with jitter, so that tabs do not reconnect all at once.
        const backoff = Math.min(MAX_BACKOFF, INITIAL_BACKOFF * 2 ** failures);
        failures += 1;
        retry = setTimeout(connect, backoff * (0.5 + Math.random() / 2));
      };
    };
    // Retries at once when the network is back or the tab becomes visible.
    const retryNow = () => {
      if (!retry || document.hidden) return;
      clearTimeout(retry);
      connect();
    };
    connect();
    window.addEventListener("online", retryNow);
    document.addEventListener("visibilitychange", retryNow);
    return () => {
      unmounted = true;
      window.removeEventListener("online", retryNow);
      document.removeEventListener("visibilitychange", retryNow);
      clearTimeout(retry);
      clearTimeout(stableTimer);
      clearTimeout(batchTimer);
      if (socket) close(socket);
    };
  }, []);

  return null;
}
