// Says in the browser's tab that an answer is being written, or has come while the tab was in the background.

import { useEffect, useRef, useState } from "react";
import { BASE } from "./base.js";
import { notifies, notifyOfAnswer } from "./notification.js";

const LONG = 10_000; // ms after which the end of an answer is worth a notification

const ICONS = { "": "/favicon.svg", running: "/favicon-running.svg", arrived: "/favicon-arrived.svg" };
const MARKS = { "": "", running: "… ", arrived: "(1) " };

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
    const icon = document.querySelector('link[rel="icon"]');
    icon?.setAttribute("href", `${BASE}${ICONS[status]}`);
    document.title = MARKS[status] + title;
    return () => icon?.setAttribute("href", `${BASE}${ICONS[""]}`);
  }, [status, title]);
  return null;
}
