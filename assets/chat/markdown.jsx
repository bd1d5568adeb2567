// Markdown of an answer, safe by construction: raw HTML shows as text, images become links
// (nothing is requested from another host before a click), code is highlighted and can be copied.
//
// A long text is formatted in pieces, a few a frame, and a part that would keep the page from answering is
// shown as plain text (markdown_pieces.js).

import { memo, useLayoutEffect, useRef, useState } from "react";
import { Streamdown, defaultRehypePlugins } from "streamdown";
import { CopyLink } from "$/public/chat/copy_text";
import { nextFrame } from "$/public/chat/frames";
import { FIRST_STEP, noteSpeed, stepCost } from "$/public/chat/formatting_speed";
import { code } from "$/public/chat/highlighter";
import { pieceCutter } from "$/public/chat/markdown_pieces";
import { PlainBlock } from "$/public/chat/plain_text";

// Without the `raw` plugin Streamdown turns HTML into text instead of elements.
const REHYPE_PLUGINS = [defaultRehypePlugins.sanitize, defaultRehypePlugins.harden];
const PLUGINS = { code };
const CONTROLS = { table: false, code: { copy: true, download: false } };
const LINK_SAFETY = { enabled: false };
const THEMES = ["github-light", "github-dark"];

// A table shows itself as one with its second line: until that is whole, its beginning is held back.
const TABLE_BEGINNING = /(^|(?:^|\n)(?:[^|\n][^\n]*)?\n)\|[^\n]*(?:\n\|?[ \t:|-]*)?$/;

// A mark at the very end opens something that has no words yet, or closes what Streamdown closes by itself.
function withoutBeginnings(text) {
  let end = text.length;
  while (end > 0 && "*_~`".includes(text[end - 1])) end -= 1;
  return text.slice(0, end).replace(TABLE_BEGINNING, "$1");
}

function ImageAsLink({ src, alt }) {
  return (
    <a href={src} target="_blank" rel="noopener noreferrer nofollow" className="text-primary underline underline-offset-2">
      {alt || src}
    </a>
  );
}

function SafeLink({ href, children }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow" className="font-medium text-primary underline underline-offset-2 wrap-anywhere">
      {children}
    </a>
  );
}

const COMPONENTS = { img: ImageAsLink, a: SafeLink };

// The mode stays the same when an answer ends: another mode would build every element anew, and the column
// would shrink for a moment.
const Piece = memo(function Piece({ text, streaming }) {
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

function PlainPieces({ pieces }) {
  return (
    <div data-testid="plain-part">
      <p className="mb-1 text-xs text-muted-foreground">
        Shown as plain text because formatting it would slow the page down.{" "}
        <CopyLink text={() => pieces.map((piece) => piece.text).join("")} />
      </p>
      <div dir="auto" className="whitespace-pre-wrap">
        {pieces.map((piece, index) => (
          <PlainBlock key={index} text={piece.text} />
        ))}
      </div>
    </div>
  );
}

// Plain pieces that follow each other are one part.
function partsOf(pieces) {
  const parts = [];
  for (const piece of pieces) {
    if (piece.plain && parts.at(-1)?.plain) parts.at(-1).pieces.push(piece);
    else parts.push({ plain: piece.plain, pieces: [piece] });
  }
  return parts;
}

function within(pieces, room) {
  let cost = 0;
  const end = pieces.findIndex((piece) => (cost += piece.cost) > room);
  return end < 0 ? pieces : pieces.slice(0, Math.max(1, end));
}

const costOf = (pieces) => pieces.reduce((sum, piece) => sum + piece.cost, 0);

// Measures how long the pieces took that are formatted for the first time.
function useSpeed(cost) {
  const known = useRef(0);
  const began = performance.now();
  useLayoutEffect(() => {
    noteSpeed(cost - known.current, performance.now() - began);
    known.current = cost;
  });
}

export const Markdown = memo(function Markdown({ text, streaming }) {
  const cut = useRef(null);
  cut.current ??= pieceCutter();
  const [room, setRoom] = useState(FIRST_STEP);
  const pieces = cut.current(text);
  const shown = within(pieces, room);
  const more = shown.length < pieces.length;
  useSpeed(costOf(shown));

  useLayoutEffect(() => (more ? nextFrame(() => setRoom((before) => before + stepCost())) : undefined), [more, room]);

  const parts = partsOf(shown);
  return (
    <div className="answer min-w-0 space-y-3 leading-7 wrap-anywhere" data-formatting={more || undefined}>
      {parts.map((part, index) =>
        part.plain ? (
          <PlainPieces key={index} pieces={part.pieces} />
        ) : (
          <Piece key={index} text={part.pieces[0].text} streaming={streaming && !more && index === parts.length - 1} />
        ),
      )}
    </div>
  );
});
