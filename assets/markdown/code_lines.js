// Splits the lines of a code block into chunks, which are drawn one by one.

/** @typedef {import("./highlighter.js").Lines} Lines */

/** Lines of a chunk. */
export const CHUNK = 50;

/** Lines of a folded block. */
export const FOLDED = 40;

/**
 * The text of a chunk, and its lines with colours if they are known.
 *
 * @typedef {{ text: string, lines: Lines | null }} Chunk
 */

/**
 * The chunks of a code block of which the beginning may be highlighted.
 *
 * @param {string} code
 * @param {{ code: string, lines: Lines } | undefined} highlighted
 * @param {number} most lines to show
 * @returns {Chunk[]}
 */
export function chunksOf(code, highlighted, most) {
  const lines = code.split("\n");
  const complete = highlighted?.code === code;
  // The last line may have grown since it was highlighted.
  const known = highlighted ? highlighted.lines.length - (complete ? 0 : 1) : 0;
  const chunks = [];
  for (let at = 0; at < Math.min(lines.length, most); at += CHUNK) {
    const end = Math.min(at + CHUNK, lines.length, most);
    const coloured =
      highlighted && known > at
        ? lines
            .slice(at, end)
            .map((line, index) =>
              at + index < known
                ? highlighted.lines[at + index]
                : [/** @type {[string, string]} */ (["", line])],
            )
        : null;
    chunks.push({ text: lines.slice(at, end).join("\n"), lines: coloured });
  }
  return chunks;
}

/** @param {string} code */
export function countLines(code) {
  let count = 1;
  for (let at = code.indexOf("\n"); at >= 0; at = code.indexOf("\n", at + 1)) count += 1;
  return count;
}

const EXTENSIONS = new Map(
  (
    "bash=sh c#=cs c++=cpp cpp csharp=cs css csv diff go html java javascript=js js json jsx kotlin=kt latex=tex " +
    "lua markdown=md md mermaid=mmd php powershell=ps1 py python=py r ruby=rb rust=rs sh shell=sh sql svg swift " +
    "toml ts tsx typescript=ts xml yaml yml zsh=sh c"
  )
    .replace("c# =", "c#=")
    .split(" ")
    .map((entry) => {
      const [language, ending = language] = entry.split("=");
      return /** @type {const} */ ([language, ending]);
    }),
);

/**
 * The name of the file that a code block is downloaded as.
 *
 * @param {string} language
 */
export const fileName = (language) => `code.${EXTENSIONS.get(language.toLowerCase()) ?? "txt"}`;
