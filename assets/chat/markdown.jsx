// Markdown of an answer, safe by construction: raw HTML shows as text, images become links
// (nothing is requested from another host before a click), code is highlighted and can be copied.

import { memo } from "react";
import { Streamdown, defaultRehypePlugins } from "streamdown";
import { code } from "$/public/chat/highlighter";

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

export const Markdown = memo(function Markdown({ text, streaming }) {
  return (
    <Streamdown
      mode={streaming ? "streaming" : "static"}
      isAnimating={streaming}
      dir="auto"
      className="answer min-w-0 space-y-3 leading-7 wrap-anywhere"
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
