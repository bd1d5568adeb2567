// Saves text as a file.

import { BASE } from "./base.js";

/**
 * @param {string} name of the file
 * @param {string} text
 */
export function downloadText(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/**
 * Saves what the server sends as a file.
 *
 * @param {string} address
 */
export function downloadFrom(address) {
  const link = document.createElement("a");
  link.href = `${BASE}${address}`;
  link.download = "";
  link.click();
}
