// Plain text without formatting. A long text is split into blocks, which the browser lays out only near the
// viewport.

import { memo, useRef } from "react";
import { createBlockSplitter, fitsOneBlock } from "./text_blocks.js";

/** One block. The line break at its end is that of the block element. */
export const PlainBlock = memo(
  /** @param {{ text: string }} props */
  function PlainBlock({ text }) {
    return <div style={{ contentVisibility: "auto", containIntrinsicSize: "auto 300px" }}>{text}</div>;
  },
);

/** @param {{ text: string }} props */
function Blocks({ text }) {
  const split = useRef(/** @type {ReturnType<typeof createBlockSplitter> | null} */ (null));
  split.current ??= createBlockSplitter();
  // biome-ignore lint/suspicious/noArrayIndexKey: a block keeps its position
  return split.current(text).map((block, index) => <PlainBlock key={index} text={block} />);
}

/**
 * The content of an element with `white-space: pre-wrap`.
 *
 * @param {{ text: string }} props
 */
export function PlainText({ text }) {
  return fitsOneBlock(text) ? text : <Blocks text={text} />;
}
