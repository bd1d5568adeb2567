// Text as it was written, without any formatting. A long one is cut into blocks that the browser lays out only
// when they come near the screen: shaping one run of a hundred thousand characters can take seconds.

import { memo, useRef } from "react";

const WHOLE = 6000; // weight up to which a text is one element
const BLOCK = 2000; // weight of one block of a longer text
const HEAVY = 4; // weight of a character outside Latin-1, where marks, ligatures and directions take time

const weightOf = (code) => (code < 0x100 ? 1 : HEAVY);

function fits(text, limit) {
  if (text.length > limit) return false;
  let weight = 0;
  for (let at = 0; at < text.length; at += 1) weight += weightOf(text.charCodeAt(at));
  return weight <= limit;
}

/** The end of the block that begins at `start`: behind a line break where there is one, never inside a character. */
export function blockEnd(text, start) {
  let weight = 0;
  let line = 0;
  let word = 0;
  for (let at = start; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    weight += weightOf(code);
    if (weight > BLOCK) {
      const end = line || word || at;
      const halfOfPair = code >= 0xdc00 && code <= 0xdfff && end === at;
      return halfOfPair ? at + 1 : end;
    }
    if (code === 10) line = at + 1;
    else if (code === 32) word = at + 1;
  }
  return text.length;
}

// Blocks of a text that grows at its end: all but the last stay as they are.
function useBlocks(text) {
  const known = useRef({ text: "", blocks: [], start: 0 });
  const before = known.current;
  const grown = text.startsWith(before.text);
  const blocks = grown ? before.blocks.slice(0, -1) : [];
  let start = grown ? before.start : 0;
  let last = start;
  while (start < text.length) {
    last = start;
    const end = blockEnd(text, start);
    blocks.push(text.slice(start, end));
    start = end;
  }
  known.current = { text, blocks, start: last };
  return blocks;
}

export const PlainBlock = memo(function PlainBlock({ text }) {
  // The line break at a block's end is the block's own.
  return <div style={{ contentVisibility: "auto", containIntrinsicSize: "auto 300px" }}>{text}</div>;
});

function Blocks({ text }) {
  return useBlocks(text).map((block, index) => <PlainBlock key={index} text={block} />);
}

/** The content of an element with `white-space: pre-wrap`. */
export function PlainText({ text }) {
  return fits(text, WHOLE) ? text : <Blocks text={text} />;
}
