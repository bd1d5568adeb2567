// Renders the Markdown of an answer (parse.js), with components for code, tables, formulas, diagrams, pictures
// and links (elements.jsx). Nothing is requested from another host before a click.
//
// A long text is formatted in pieces, a few per frame; a section that would block the main thread is shown as
// plain text (markdown_pieces.js).

import { toJsxRuntime } from "hast-util-to-jsx-runtime";
import { memo, useId, useLayoutEffect, useRef, useState } from "react";
import { Fragment, jsx, jsxs } from "react/jsx-runtime";
import remend from "remend";
import { CopyLink } from "../ui/copy_text.jsx";
import { t } from "../ui/words.js";
import { COMPONENTS } from "./elements.jsx";
import { FIRST_STEP, recordSpeed, stepCost } from "./formatting_speed.js";
import { nextFrame } from "./frames.js";
import { levelsAbove } from "./headings.js";
import { createPieceSplitter } from "./markdown_pieces.js";
import { withoutOpenMarks } from "./open_marks.js";
import { onlyCode, parse } from "./parse.js";
import { PlainOnError } from "./plain_on_error.jsx";
import { PlainText } from "./plain_text.jsx";
import { costOf, groupPieces, withinBudget } from "./shown_pieces.js";

const RUNTIME = { Fragment, jsx, jsxs, components: COMPONENTS, ignoreInvalidStyle: true };

const COMPLETION = /** @type {const} */ ({
  linkMode: "text-only",
  comparisonOperators: false,
  singleTilde: false,
});

/**
 * Markdown whose end is missing, with the marks closed that are open.
 *
 * @param {string} text
 */
const completed = (text) => remend(withoutOpenMarks(text), COMPLETION);

/** @typedef {{ text: string, streaming: boolean, above: string, prefix: string }} PieceProps */

const Piece = memo(function Piece(/** @type {PieceProps} */ { text, streaming, above, prefix }) {
  const levels = [...above].map(Number);
  const tree = parse(streaming && !onlyCode(text) ? completed(text) : text, {
    above: levels,
    prefix,
    unfinished: streaming,
  });
  return <div className="answer-piece">{toJsxRuntime(tree, RUNTIME)}</div>;
});

/** @param {{ text: string }} props */
function PlainPart({ text }) {
  return (
    <div data-testid="plain-part">
      <p className="mb-1 text-xs text-muted-foreground">
        {t("Shown as plain text because formatting it would slow the page down.")}{" "}
        <CopyLink text={() => text} />
      </p>
      <div dir="auto" className="whitespace-pre-wrap">
        <PlainText text={text} />
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

/** @typedef {{ text: string, streaming: boolean }} Props */

/** Text formatted as Markdown; `streaming` while it is still being written. */
export const Markdown = memo(function Markdown(/** @type {Props} */ { text, streaming }) {
  const prefix = `${useId().replace(/\W/g, "")}-`;
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
  const above = levelsAbove(groups.map(({ pieces: inGroup }) => inGroup));
  return (
    <div className="formatted min-w-0 wrap-anywhere" data-formatting={more || undefined}>
      {groups.map((group, index) =>
        group.plain ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a group keeps its position
          <PlainPart key={index} text={group.pieces.map((piece) => piece.text).join("")} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a group keeps its position
          <PlainOnError key={index} text={group.pieces[0].text}>
            <Piece
              text={group.pieces[0].text}
              streaming={streaming && !more && index === groups.length - 1}
              above={above[index]}
              prefix={prefix}
            />
          </PlainOnError>
        ),
      )}
    </div>
  );
});
