// Hears from the server what other tabs have changed, and says it to this page.

import { useEffect, useRef } from "react";

const AGAIN_AFTER = 1000; // ms before a lost connection is tried again
const TOGETHER = 60; // ms in which several changes are told as one

export function News({ onChange }) {
  const tell = useRef(onChange);
  tell.current = onChange;

  useEffect(() => {
    let socket;
    let retry;
    let left = false;
    let missed = false;
    const changed = new Set();
    let telling = 0;

    const take = (conversation) => {
      changed.add(conversation);
      telling ||= setTimeout(() => {
        telling = 0;
        const all = [...changed];
        changed.clear();
        all.forEach((id) => tell.current?.(id));
      }, TOGETHER);
    };
    const connect = () => {
      const scheme = window.location.protocol === "https:" ? "wss" : "ws";
      const tab = sessionStorage.getItem("token"); // by which the server knows what this tab did itself
      if (!tab) {
        retry = setTimeout(connect, TOGETHER); // the page has not made its own connection yet
        return;
      }
      socket = new WebSocket(`${scheme}://${window.location.host}/api/changes?tab=${encodeURIComponent(tab)}`);
      socket.onopen = () => {
        if (missed) take(""); // whatever happened meanwhile
        missed = false;
      };
      socket.onmessage = (event) => take(JSON.parse(event.data).conversation);
      socket.onclose = () => {
        missed = true;
        if (!left) retry = setTimeout(connect, AGAIN_AFTER);
      };
    };
    connect();
    return () => {
      left = true;
      clearTimeout(retry);
      clearTimeout(telling);
      socket?.close();
    };
  }, []);

  return null;
}
