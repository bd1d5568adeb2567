// Hands the drawings of diagrams to the server, once each, for pages that run no script: share pages and exported
// files. A drawing that could not be handed over is tried again when the message is shown again.

import { drawDiagram } from "../markdown/mermaid.js";
import { BASE } from "../ui/base.js";
import { readStored, storeIfRoom } from "./storage.js";

const KEY = "webchat.diagrams"; // the drawings that the server has
const MOST = 500; // of them that are remembered

/** @type {Set<string>} */
const handled = new Set(); // in this page

/** @returns {string[]} */
function known() {
  return (readStored(KEY) ?? "").split(" ").filter(Boolean);
}

/**
 * A short name of a diagram of a message.
 *
 * @param {string} messageId
 * @param {string} source
 */
function nameOf(messageId, source) {
  let hash = 0;
  for (let at = 0; at < source.length; at += 1) hash = (Math.imul(hash, 31) + source.charCodeAt(at)) | 0;
  return `${messageId}.${(hash >>> 0).toString(36)}`;
}

/** @param {() => void} work */
const whenIdle = (work) =>
  "requestIdleCallback" in window ? requestIdleCallback(work, { timeout: 5000 }) : setTimeout(work, 500);

/**
 * @param {string} messageId
 * @param {string} source
 * @param {string} name
 */
async function handOver(messageId, source, name) {
  const drawn = await drawDiagram(source, false); // for a light page, as on paper
  if (!drawn) return;
  const response = await fetch(`${BASE}/api/messages/${messageId}/diagrams`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ source, svg: drawn.svg }),
  });
  // One that was refused is refused again.
  if (!response.ok && response.status !== 400)
    throw new Error(`The drawing was not kept: ${response.status}`);
  storeIfRoom(KEY, [...known(), name].slice(-MOST).join(" "));
}

/**
 * Hands over the drawing of a diagram of a finished answer when the page has nothing else to do.
 *
 * @param {string} messageId
 * @param {string} source
 */
export function keepDiagram(messageId, source) {
  const name = nameOf(messageId, source);
  if (handled.has(name) || known().includes(name)) return;
  handled.add(name);
  whenIdle(() => handOver(messageId, source, name).catch(() => handled.delete(name)));
}
