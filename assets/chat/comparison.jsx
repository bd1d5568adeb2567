// Answers of several models side by side. Where only one has room, the others are a swipe or a tab away.

import { Check, CircleAlert, LoaderCircle } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { elementOf } from "../ui/element_of.js";
import { t } from "../ui/words.js";

const OUT_OF_SIGHT = 120; // px from the top of the window, of which the header takes half

/** @typedef {{ id: string, status: string, model_name: string }} Column */

const STATES = /** @type {Record<string, { words: () => string, Icon: typeof Check, look: string }>} */ ({
  streaming: { words: () => t("answering"), Icon: LoaderCircle, look: "motion-safe:animate-spin" },
  complete: { words: () => t("complete"), Icon: Check, look: "text-success" },
});
const INCOMPLETE = { words: () => t("incomplete"), Icon: CircleAlert, look: "text-warning" };

/**
 * The columns, its children, below their tabs.
 *
 * @param {{ columns?: Column[], children: import("react").ReactNode }} props
 */
export function Comparison({ columns = [], children }) {
  const row = useRef(/** @type {HTMLDivElement | null} */ (null));
  const tabs = useRef(/** @type {HTMLElement | null} */ (null));
  const [shown, setShown] = useState(0);
  const onScroll = () => {
    const { scrollLeft, clientWidth } = elementOf(row);
    setShown(Math.min(columns.length - 1, Math.round(Math.abs(scrollLeft) / clientWidth)));
  };
  const show = (/** @type {number} */ at) => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const box = elementOf(row);
    const column = box.children[at];
    if (!(column instanceof HTMLElement)) return;
    // Not `scrollIntoView`, which scrolls what is around it too.
    box.scrollTo({ left: column.offsetLeft - box.offsetLeft, behavior: still ? "auto" : "smooth" });
  };

  // After a long answer, a short one would be out of sight above.
  useEffect(() => {
    const column = elementOf(row).children[shown];
    if (column && column.getBoundingClientRect().bottom < OUT_OF_SIGHT) {
      elementOf(tabs).scrollIntoView({ block: "start" });
    }
  }, [shown]);
  return (
    <section
      aria-label={t("Answers side by side")}
      data-testid="comparison"
      className="comparison py-3"
      style={/** @type {import("react").CSSProperties} */ ({ "--columns": columns.length })}
    >
      <nav
        ref={tabs}
        aria-label={t("Compared models")}
        className="mb-3 flex scroll-mt-4 gap-1 rounded-lg bg-muted p-1 sm:hidden"
      >
        {columns.map(({ id, status, model_name }, at) => {
          const { words, Icon, look } = STATES[status] ?? INCOMPLETE;
          return (
            <button
              key={id}
              type="button"
              data-testid="comparison-tab"
              aria-label={`${model_name}, ${words()}`}
              aria-current={at === shown}
              onClick={() => show(at)}
              className="flex min-w-0 flex-1 items-center justify-center gap-1.5 rounded-md px-2 py-2 text-sm text-muted-foreground aria-[current=true]:bg-card aria-[current=true]:text-foreground aria-[current=true]:shadow-sm"
            >
              <Icon size={14} aria-hidden className={`shrink-0 ${look}`} />
              <span className="truncate">{model_name}</span>
            </button>
          );
        })}
      </nav>
      <div
        ref={row}
        onScroll={onScroll}
        data-testid="comparison-columns"
        className="flex snap-x snap-mandatory items-start gap-4 overflow-x-auto overscroll-x-contain @min-[58rem]:overflow-visible max-sm:gap-0 max-sm:[scrollbar-width:none]"
      >
        {children}
      </div>
    </section>
  );
}
