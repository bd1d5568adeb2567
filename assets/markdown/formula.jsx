// A formula as MathML. Its library is loaded with the first formula; until then, and if it cannot be loaded or
// the formula cannot be read, the source is shown.

import { useLayoutEffect, useRef, useState } from "react";
import { t } from "../ui/words.js";
import { scrolls } from "./kept_together.js";
import { convertSoon } from "./mathml.js";

/** @param {{ source: string, value: string, display: string }} props */
export function Formula({ source, value, display }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  const [math, setMath] = useState(/** @type {Element | null} */ (null));

  useLayoutEffect(() => convertSoon(value, display !== "inline", setMath), [value, display]);
  useLayoutEffect(() => {
    if (math) place.current?.replaceChildren(math);
  }, [math]);

  const Tag = display === "block" ? "div" : "span";
  const wide = display !== "inline" || scrolls(value);
  const box = {
    dir: "ltr",
    className: `math ${display === "inline" ? "inline" : "display"}${wide ? " wide" : ""}`,
    "data-testid": "formula",
    ...(wide && { tabIndex: 0, role: "group", "aria-label": t("Formula") }),
  };
  if (!math) {
    return (
      <Tag key="source" {...box}>
        <code>{source}</code>
      </Tag>
    );
  }
  return <Tag key="math" ref={/** @type {any} */ (place)} {...box} />;
}
