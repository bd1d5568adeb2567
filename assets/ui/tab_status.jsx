// Says in the browser's tab that an answer is being written, or has come while the tab was in the background.

import { useEffect, useRef, useState } from "react";
import { BASE } from "./base.js";
import { notifies, notifyOfAnswer } from "./notification.js";

const LONG = 10_000; // ms after which the end of an answer is worth a notification

const ICONS = { "": "/favicon.svg", running: "/favicon-running.svg", arrived: "/favicon-arrived.svg" };
const MARKS = { "": "", running: "… ", arrived: "(1) " };

/** @param {string} path */
function showIcon(path) {
  const icon = document.querySelector('link[rel="icon"]');
  const address = `${BASE}${path}`;
  // Setting the same address again would fetch it again.
  if (icon && icon.getAttribute("href") !== address) icon.setAttribute("href", address);
}

/** @param {{ answering: boolean, title: string }} props `title`: the title of the page without a mark */
export function TabStatus({ answering, title }) {
  const wasAnswering = useRef(answering);
  const began = useRef(0);
  const [arrived, setArrived] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new title is no end of an answer
  useEffect(() => {
    if (answering && !wasAnswering.current) began.current = Date.now();
    if (wasAnswering.current && !answering && document.hidden) {
      setArrived(true);
      if (Date.now() - began.current > LONG && notifies()) notifyOfAnswer(title);
    }
    wasAnswering.current = answering;
  }, [answering]);

  useEffect(() => {
    const seen = () => !document.hidden && setArrived(false);
    document.addEventListener("visibilitychange", seen);
    return () => document.removeEventListener("visibilitychange", seen);
  }, []);

  const status = answering ? "running" : arrived ? "arrived" : "";
  useEffect(() => {
    showIcon(ICONS[status]);
    return () => showIcon(ICONS[""]);
  }, [status]);
  useEffect(() => {
    document.title = MARKS[status] + title;
  }, [status, title]);
  return null;
}
