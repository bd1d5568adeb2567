// Renders the Markdown of an answer. For safety, raw HTML is shown as text and images as links, so that
// nothing is requested from another host before a click.
//
// A long text is formatted in pieces, a few per frame; a section that would block the main thread is shown as
// plain text (markdown_pieces.js).

import { memo, useLayoutEffect, useRef, useState } from "react";
import { defaultRehypePlugins, Streamdown } from "streamdown";
import { CopyLink } from "../ui/copy_text.jsx";
import { FIRST_STEP, recordSpeed, stepCost } from "./formatting_speed.js";
import { nextFrame } from "./frames.js";
import { code } from "./highlighter.js";
import { createPieceSplitter } from "./markdown_pieces.js";
import { withoutOpenMarks } from "./open_marks.js";
import { PlainOnError } from "./plain_on_error.jsx";
import { PlainBlock } from "./plain_text.jsx";
import { costOf, groupPieces, withinBudget } from "./shown_pieces.js";

// Streamdown fetches its component for code with the first code block; if the connection is gone by then, no
// later block is formatted either. Imported here, the component is part of the page's own script.
import.meta.glob("/node_modules/streamdown/dist/highlighted-body-*.js", { eager: true, exhaustive: true });

// Without the `raw` plugin Streamdown turns HTML into text instead of elements.
const REHYPE_PLUGINS = [defaultRehypePlugins.sanitize, defaultRehypePlugins.harden];
const PLUGINS = { code };
const CONTROLS = { table: false, code: { copy: true, download: false } };
const LINK_SAFETY = { enabled: false };
const THEMES = ["github-light", "github-dark"];

/** @param {{ src?: string, alt?: string }} props */
function ImageAsLink({ src, alt }) {
  return (
    <a
      href={src}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="text-primary underline underline-offset-2"
    >
      {alt || src}
    </a>
  );
}

/** @param {{ href?: string, children?: import("react").ReactNode }} props */
function SafeLink({ href, children }) {
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="font-medium text-primary underline underline-offset-2 wrap-anywhere"
    >
      {children}
    </a>
  );
}

const COMPONENTS = { img: ImageAsLink, a: SafeLink };

/** @typedef {{ text: string, streaming: boolean }} Props */

// The mode stays the same when an answer ends: a change would recreate every element, and the height would
// collapse for a moment.
const Piece = memo(function Piece(/** @type {Props} */ { text, streaming }) {
  return (
    <Streamdown
      mode="streaming"
      parseIncompleteMarkdown={streaming}
      isAnimating={streaming}
      dir="auto"
      className="answer-piece min-w-0 space-y-3"
      components={COMPONENTS}
      controls={CONTROLS}
      lineNumbers={false}
      linkSafety={LINK_SAFETY}
      plugins={PLUGINS}
      rehypePlugins={REHYPE_PLUGINS}
      shikiTheme={THEMES}
      codeBlockMaxHeight={0}
      tableMaxHeight={0}
    >
      {streaming ? withoutOpenMarks(text) : text}
    </Streamdown>
  );
});

/** @param {{ pieces: import("./markdown_pieces.js").Piece[] }} props */
function PlainPieces({ pieces }) {
  return (
    <div data-testid="plain-part">
      <p className="mb-1 text-xs text-muted-foreground">
        Shown as plain text because formatting it would slow the page down.{" "}
        <CopyLink text={() => pieces.map((piece) => piece.text).join("")} />
      </p>
      <div dir="auto" className="whitespace-pre-wrap">
        {pieces.map((piece, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a piece keeps its position
          <PlainBlock key={index} text={piece.text} />
        ))}
      </div>
    </div>
  );
}

/**
 * Measures the time of formatting pieces that are rendered for the first time.
 *
 * @param {number} cost of all rendered pieces
 */
function useMeasuredSpeed(cost) {
  const measured = useRef(0);
  const start = performance.now();
  useLayoutEffect(() => {
    recordSpeed(cost - measured.current, performance.now() - start);
    measured.current = cost;
  });
}

/** Text formatted as Markdown; `streaming` while it is still being written. */
export const Markdown = memo(function Markdown(/** @type {Props} */ { text, streaming }) {
  const split = useRef(/** @type {ReturnType<typeof createPieceSplitter> | null} */ (null));
  split.current ??= createPieceSplitter();
  const [budget, setBudget] = useState(FIRST_STEP);
  const pieces = split.current(text);
  const shown = withinBudget(pieces, budget);
  const more = shown.length < pieces.length;
  useMeasuredSpeed(costOf(shown));

  // biome-ignore lint/correctness/useExhaustiveDependencies: each increase of the budget schedules the next frame
  useLayoutEffect(
    () => (more ? nextFrame(() => setBudget((before) => before + stepCost())) : undefined),
    [more, budget],
  );

  const groups = groupPieces(shown);
  return (
    <div className="answer min-w-0 space-y-3 leading-7 wrap-anywhere" data-formatting={more || undefined}>
      {groups.map((group, index) =>
        group.plain ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a group keeps its position
          <PlainPieces key={index} pieces={group.pieces} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a group keeps its position
          <PlainOnError key={index} text={group.pieces[0].text}>
            <Piece
              text={group.pieces[0].text}
              streaming={streaming && !more && index === groups.length - 1}
            />
          </PlainOnError>
        ),
      )}
    </div>
  );
});
