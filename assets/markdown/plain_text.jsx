// Text as it was written, without any formatting. A long one is cut into blocks that the browser lays out
// only when they come near the screen.

import { memo, useRef } from "react";
import { blockCutter, fitsOneBlock } from "./text_blocks.js";

/** One block. The line break at its end is the block's own. */
export const PlainBlock = memo(
  /** @param {{ text: string }} props */
  function PlainBlock({ text }) {
    return <div style={{ contentVisibility: "auto", containIntrinsicSize: "auto 300px" }}>{text}</div>;
  },
);

/** @param {{ text: string }} props */
function Blocks({ text }) {
  const cut = useRef(/** @type {ReturnType<typeof blockCutter> | null} */ (null));
  cut.current ??= blockCutter();
  // biome-ignore lint/suspicious/noArrayIndexKey: a block stays where it is
  return cut.current(text).map((block, index) => <PlainBlock key={index} text={block} />);
}

/**
 * The content of an element with `white-space: pre-wrap`.
 *
 * @param {{ text: string }} props
 */
export function PlainText({ text }) {
  return fitsOneBlock(text) ? text : <Blocks text={text} />;
}
