// One part of a message: the component for each type of part.

import { Markdown } from "../markdown/markdown.jsx";
import { PlainText } from "../markdown/plain_text.jsx";
import { t } from "../ui/words.js";
import { isLong, LongText } from "./long_text.jsx";

/** @param {{ part: import("./message_parts.js").TextPart, role: string, streaming: boolean }} props */
function TextView({ part: { text }, role, streaming }) {
  if (!text) return null;
  if (role !== "user") return <Markdown text={text} streaming={streaming} />;
  const words = (
    <div dir="auto" className="whitespace-pre-wrap leading-[1.65] wrap-anywhere">
      <PlainText text={text} />
    </div>
  );
  return isLong(text) ? <LongText>{words}</LongText> : words;
}

/** @param {{ part: import("./message_parts.js").RawPart }} props */
function RawView({ part: { value } }) {
  return (
    <details data-testid="raw-part" className="my-2 rounded-lg border border-border bg-muted/50">
      <summary className="cursor-pointer select-none px-3 py-2 text-sm text-muted-foreground">
        {t("This part cannot be shown here")}
      </summary>
      <pre dir="ltr" className="max-h-80 overflow-auto px-3 pb-3 text-xs leading-5">
        {JSON.stringify(value, null, 2)}
      </pre>
    </details>
  );
}

function UnknownView() {
  return (
    <p data-testid="unknown-part" className="my-2 text-sm text-muted-foreground">
      {t("This version of the page cannot show this part of the message. Reload the page to see it.")}
    </p>
  );
}

/** @type {[string, import("react").FunctionComponent<any>][]} */
const ENTRIES = [
  ["text", TextView],
  ["raw", RawView],
];
const VIEWS = new Map(ENTRIES);

/**
 * A part of a message, drawn by the component for its type; plain text for a user, Markdown for an answer.
 *
 * @param {{ part: import("./message_parts.js").Part, role: string, streaming: boolean }} props `streaming`
 * while this part is being written
 */
export function PartView(props) {
  const View = VIEWS.get(props.part.type) ?? UnknownView;
  return <View {...props} />;
}
