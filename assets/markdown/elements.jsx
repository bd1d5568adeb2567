// The components for elements of answers that are more than HTML (parse.js).

import { CodeBlock } from "./code_block.jsx";
import { Diagram } from "./diagram.jsx";
import { Formula } from "./formula.jsx";
import { Picture } from "./picture.jsx";
import { Table } from "./table.jsx";

/** @param {{ href?: string, children?: import("react").ReactNode }} props */
function Link({ href, children, ...rest }) {
  if (!href?.startsWith("#")) {
    return (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    );
  }
  // Between a footnote and its reference; the address of the page stays as it is.
  const follow = (/** @type {import("react").MouseEvent} */ event) => {
    event.preventDefault();
    const target = document.getElementById(href.slice(1));
    target?.scrollIntoView({ block: "nearest" });
    target?.setAttribute("tabindex", "-1");
    target?.focus({ preventScroll: true });
  };
  return (
    <a href={href} onClick={follow} {...rest}>
      {children}
    </a>
  );
}

/** @param {{ language?: string, unfinished?: boolean, children?: import("react").ReactNode }} props */
function Code({ language = "", unfinished, children }) {
  const code = String(children ?? "");
  if (language.toLowerCase() === "mermaid" && !unfinished) return <Diagram source={code} />;
  return <CodeBlock code={code} language={language} growing={unfinished} />;
}

export const COMPONENTS = /** @type {any} */ ({
  a: Link,
  formula: Formula,
  picture: Picture,
  pre: Code,
  table: Table,
});
