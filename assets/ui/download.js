// Saves text as a file.

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
