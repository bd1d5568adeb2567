// A code block: its language, buttons to wrap, download and copy it, and its lines. A long one is folded.

import { Download, WrapText } from "lucide-react";
import { memo, useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { downloadText } from "../ui/download.js";
import { CopyIcon, IconButton } from "../ui/icon_button.jsx";
import { ngettext, t } from "../ui/words.js";
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

const CARET = <span className="caret" data-testid="caret" />;

/** @typedef {{ chunk: import("./code_lines.js").Chunk, caret: boolean }} ChunkProps */

const Chunk = memo(
  /** @param {ChunkProps} props */
  function Chunk({ chunk: { text, lines }, caret }) {
    return (
      <span className="block" style={{ contentVisibility: "auto", containIntrinsicBlockSize: "auto 70rem" }}>
        {lines
          ? lines.map((line, number) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line keeps its position
              <span key={number}>
                {number > 0 && "\n"}
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
              </span>
            ))
          : text}
        {caret && CARET}
        {"\n"}
      </span>
    );
  },
  (before, now) =>
    before.chunk.text === now.chunk.text &&
    !before.chunk.lines === !now.chunk.lines &&
    before.caret === now.caret,
);

/** Whether the page is being printed, when nothing may be folded. */
function usePrinting() {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const before = () => flushSync(() => setPrinting(true));
    const after = () => setPrinting(false);
    window.addEventListener("beforeprint", before);
    window.addEventListener("afterprint", after);
    return () => {
      window.removeEventListener("beforeprint", before);
      window.removeEventListener("afterprint", after);
    };
  }, []);
  return printing;
}

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
  const printing = usePrinting();
  const folded = lines > FOLDED && !unfolded;
  const drawn = useDrawn(lines, folded);
  const chunks = chunksOf(code, highlighted, printing ? lines : drawn);
  return (
    <figure className="code" data-testid="code-block" dir="ltr">
      <figcaption>
        <span className="min-w-0 flex-1 truncate">{language}</span>
        {children}
        <IconButton
          label={t("Wrap long lines")}
          icon={WrapText}
          pressed={wrapped}
          onClick={() => setWrapped(!wrapped)}
          testid="wrap-code"
        />
        <IconButton
          label={t("Download")}
          icon={Download}
          onClick={() => downloadText(fileName(language), code)}
          testid="download-code"
        />
        <CopyIcon label={t("Copy code")} text={() => code} testid="copy-code" />
      </figcaption>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset groups inputs */}
      <pre
        className={wrapped ? "wrapped" : undefined}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard
        tabIndex={0}
        role="group"
        aria-label={t("Code {language}", { language })}
      >
        <code>
          {chunks.map((chunk, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a chunk keeps its position
            <Chunk key={index} chunk={chunk} caret={!!growing && !folded && index === chunks.length - 1} />
          ))}
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
          {folded
            ? ngettext("Show all {count} lines", "Show all {count} lines", lines)
            : t("Show fewer lines")}
        </button>
      )}
    </figure>
  );
}
