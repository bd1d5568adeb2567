// Markdown of an answer, safe by construction: raw HTML shows as text, images become links
// (nothing is requested from another host before a click), code is highlighted and can be copied.
//
// A long text is formatted in pieces, a few a frame, and a part that would keep the page from answering is
// shown as plain text (markdown_pieces.js).

import { memo, useLayoutEffect, useRef, useState } from "react";
import { defaultRehypePlugins, Streamdown } from "streamdown";
import { CopyLink } from "../ui/copy_text.jsx";
import { FIRST_STEP, noteSpeed, stepCost } from "./formatting_speed.js";
import { nextFrame } from "./frames.js";
import { code } from "./highlighter.js";
import { pieceCutter } from "./markdown_pieces.js";
import { withoutBeginnings } from "./open_marks.js";
import { PlainOnError } from "./plain_on_error.jsx";
import { PlainBlock } from "./plain_text.jsx";
import { costOf, partsOf, within } from "./shown_pieces.js";

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

// The mode stays the same when an answer ends: another mode would build every element anew, and the column
// would shrink for a moment.
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
      {streaming ? withoutBeginnings(text) : text}
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
          // biome-ignore lint/suspicious/noArrayIndexKey: a piece stays where it is
          <PlainBlock key={index} text={piece.text} />
        ))}
      </div>
    </div>
  );
}

/**
 * Measures how long the pieces took that are formatted for the first time.
 *
 * @param {number} cost of all pieces on screen
 */
function useSpeed(cost) {
  const known = useRef(0);
  const began = performance.now();
  useLayoutEffect(() => {
    noteSpeed(cost - known.current, performance.now() - began);
    known.current = cost;
  });
}

/** The words of an answer; while `streaming` they are still being written. */
export const Markdown = memo(function Markdown(/** @type {Props} */ { text, streaming }) {
  const cut = useRef(/** @type {ReturnType<typeof pieceCutter> | null} */ (null));
  cut.current ??= pieceCutter();
  const [room, setRoom] = useState(FIRST_STEP);
  const pieces = cut.current(text);
  const shown = within(pieces, room);
  const more = shown.length < pieces.length;
  useSpeed(costOf(shown));

  // biome-ignore lint/correctness/useExhaustiveDependencies: each step has a frame of its own
  useLayoutEffect(
    () => (more ? nextFrame(() => setRoom((before) => before + stepCost())) : undefined),
    [more, room],
  );

  const parts = partsOf(shown);
  return (
    <div className="answer min-w-0 space-y-3 leading-7 wrap-anywhere" data-formatting={more || undefined}>
      {parts.map((part, index) =>
        part.plain ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a part stays where it is
          <PlainPieces key={index} pieces={part.pieces} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a part stays where it is
          <PlainOnError key={index} text={part.pieces[0].text}>
            <Piece text={part.pieces[0].text} streaming={streaming && !more && index === parts.length - 1} />
          </PlainOnError>
        ),
      )}
    </div>
  );
});
