// Says in the browser's tab that an answer is being written, or has come while the tab was in the background.

import { useEffect, useRef, useState } from "react";

const ICONS = { "": "/favicon.svg", running: "/favicon-running.svg", arrived: "/favicon-arrived.svg" };
const MARKS = { "": "", running: "… ", arrived: "(1) " };

/** @param {{ answering: boolean, title: string }} props `title`: the title of the page without a mark */
export function TabStatus({ answering, title }) {
  const wasAnswering = useRef(answering);
  const [arrived, setArrived] = useState(false);

  useEffect(() => {
    if (wasAnswering.current && !answering && document.hidden) setArrived(true);
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
    icon?.setAttribute("href", ICONS[status]);
    document.title = MARKS[status] + title;
    return () => icon?.setAttribute("href", ICONS[""]);
  }, [status, title]);
  return null;
}
