// A code block: its language, buttons to wrap, download and copy it, and its lines. A long one is folded.

import { Download, WrapText } from "lucide-react";
import { memo, useEffect, useState } from "react";
import { downloadText } from "../ui/download.js";
import { CopyIcon, IconButton } from "../ui/icon_button.jsx";
import { CHUNK, chunksOf, countLines, FOLDED, fileName } from "./code_lines.js";
import { nextFrame } from "./frames.js";
import { highlight, highlightedSoFar } from "./highlighter.js";

const MAX_HIGHLIGHTED = 100_000; // characters of a block with colours

/** @param {{ code: string, language: string }} props */
function useHighlighted({ code, language }) {
  const [result, setResult] = useState(() => highlightedSoFar(code, language));
  const wanted = Boolean(language) && code.length <= MAX_HIGHLIGHTED;
  useEffect(
    () => (wanted && result?.code !== code ? highlight(code, language, setResult) : undefined),
    [wanted, code, language, result],
  );
  return wanted && result && code.startsWith(result.code) ? result : undefined;
}

/** @typedef {{ chunk: import("./code_lines.js").Chunk }} ChunkProps */

const Chunk = memo(
  /** @param {ChunkProps} props */
  function Chunk({ chunk: { text, lines } }) {
    return (
      <span className="block" style={{ contentVisibility: "auto", containIntrinsicBlockSize: "auto 70rem" }}>
        {lines
          ? lines.map((line, number) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line keeps its position
              <span key={number}>
                {line.map(([name, words], index) =>
                  name ? (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a piece keeps its position
                    <span key={index} className={name}>
                      {words}
                    </span>
                  ) : (
                    words
                  ),
                )}
                {"\n"}
              </span>
            ))
          : `${text}\n`}
      </span>
    );
  },
  ({ chunk: before }, { chunk: now }) => before.text === now.text && !before.lines === !now.lines,
);

/**
 * The number of lines to draw: of a long block a few chunks more in each frame, so that the page answers.
 *
 * @param {number} lines
 * @param {boolean} folded
 */
function useDrawn(lines, folded) {
  const [drawn, setDrawn] = useState(4 * CHUNK);
  const most = folded ? FOLDED : lines;
  useEffect(
    () => (drawn < most ? nextFrame(() => setDrawn((before) => before + 4 * CHUNK)) : undefined),
    [drawn, most],
  );
  return Math.min(drawn, most);
}

/**
 * @param {{
 *   code: string,
 *   language: string,
 *   growing?: boolean,
 *   children?: import("react").ReactNode,
 * }} props `growing` while it is being written; `children`: more buttons
 */
export function CodeBlock({ code, language, growing, children }) {
  const [wrapped, setWrapped] = useState(false);
  const [unfolded, setUnfolded] = useState(false);
  const highlighted = useHighlighted({ code, language });
  const lines = countLines(code);
  const folded = lines > FOLDED && !unfolded;
  const chunks = chunksOf(code, highlighted, useDrawn(lines, folded));
  return (
    <figure className="code" data-testid="code-block" dir="ltr">
      <figcaption>
        <span className="min-w-0 flex-1 truncate">{language}</span>
        {children}
        <IconButton
          label="Wrap long lines"
          icon={WrapText}
          pressed={wrapped}
          onClick={() => setWrapped(!wrapped)}
          testid="wrap-code"
        />
        <IconButton
          label="Download"
          icon={Download}
          onClick={() => downloadText(fileName(language), code)}
          testid="download-code"
        />
        <CopyIcon label="Copy code" text={() => code} testid="copy-code" />
      </figcaption>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset groups inputs */}
      <pre
        className={wrapped ? "wrapped" : undefined}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        tabIndex={0}
        role="group"
        aria-label={`Code ${language}`}
      >
        <code>
          {chunks.map((chunk, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a chunk keeps its position
            <Chunk key={index} chunk={chunk} />
          ))}
          {growing && !folded && <span className="caret" data-testid="caret" />}
        </code>
      </pre>
      {lines > FOLDED && (
        <button
          type="button"
          data-testid="fold-code"
          aria-expanded={!folded}
          onClick={() => setUnfolded(folded)}
          className="block w-full px-4 py-2 text-start font-sans text-sm text-primary hover:underline"
        >
          {folded ? `Show all ${lines} lines` : "Show fewer lines"}
        </button>
      )}
    </figure>
  );
}
