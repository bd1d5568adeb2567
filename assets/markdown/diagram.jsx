// A Mermaid diagram. Its library is loaded with the first diagram and draws it as an image, in which no script
// can run and which cannot load anything. If that fails, its source is shown.

import { ChartNetwork, Code } from "lucide-react";
import { useEffect, useState } from "react";
import { IconButton } from "../ui/icon_button.jsx";
import { t } from "../ui/words.js";
import { CodeBlock } from "./code_block.jsx";
import { drawDiagram } from "./mermaid.js";
import { useDiagramDrawn } from "./use_diagram_drawn.js";

const isDark = () => document.documentElement.classList.contains("dark");

function useDarkTheme() {
  const [dark, setDark] = useState(isDark);
  useEffect(() => {
    const observer = new MutationObserver(() => setDark(isDark()));
    observer.observe(document.documentElement, { attributeFilter: ["class"] });
    return () => observer.disconnect();
  }, []);
  return dark;
}

/** @param {{ source: string }} props */
export function Diagram({ source }) {
  const dark = useDarkTheme();
  const [image, setImage] = useState(/** @type {Awaited<ReturnType<typeof drawDiagram>>} */ (null));
  const [asSource, setAsSource] = useState(false);

  useEffect(() => {
    let current = true;
    drawDiagram(source, dark).then((drawn) => current && setImage(drawn));
    return () => {
      current = false;
    };
  }, [source, dark]);

  useDiagramDrawn(source, image !== null);

  if (!image || asSource) {
    return (
      <CodeBlock code={source} language="mermaid">
        {image && (
          <IconButton
            label={t("Show the diagram")}
            icon={ChartNetwork}
            onClick={() => setAsSource(false)}
            testid="show-diagram"
          />
        )}
      </CodeBlock>
    );
  }
  return (
    <figure className="code" data-testid="diagram">
      <figcaption>
        <span className="flex-1">{t("Diagram")}</span>
        <IconButton
          label={t("Show the source")}
          icon={Code}
          onClick={() => setAsSource(true)}
          testid="diagram-source"
        />
      </figcaption>
      <img
        src={image.address}
        width={image.width}
        height={image.height}
        alt={t("Diagram")}
        className="mx-auto h-auto max-w-full px-4 pb-4"
      />
    </figure>
  );
}
