// A dialog with all versions of a conversation as a tree, in which the user can jump.

import { ChevronDown, ChevronRight, GitBranch } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { BASE } from "../ui/base.js";
import { ModalDialog } from "../ui/dialog.jsx";
import { elementOf } from "../ui/element_of.js";
import { locale, ngettext, t } from "../ui/words.js";
import { branchRows, shownRows } from "./branch_rows.js";

/** @typedef {import("./branch_rows.js").Row} Row */
/** @typedef {import("./branch_rows.js").TreeMessage} TreeMessage */

const ROW = 52; // px
const AROUND = 10; // rows drawn above and below the visible ones
const MOST_PAGES = 25; // of 1,000 messages
const MOST_INDENTED = 8; // levels
const INDENT = 16; // px for each level

/**
 * Loads all versions of a conversation; `complete` is false if there are more than can be shown.
 *
 * @param {string} conversationId
 * @param {AbortSignal} signal
 */
async function load(conversationId, signal) {
  /** @type {TreeMessage[]} */
  const messages = [];
  let leaf = "";
  let before = "";
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await fetch(`${BASE}/api/conversations/${conversationId}/tree?before=${before}`, {
      signal,
    });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const found = await answer.json();
    leaf ||= found.leaf;
    messages.push(...found.messages);
    before = found.next;
    if (!before) break;
  }
  return { rows: branchRows(messages, leaf), complete: !before };
}

/** @param {{ row: Row }} props */
function RowText({ row }) {
  const model = row.model.slice(row.model.indexOf(":") + 1);
  const time = new Date(row.at).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
  return (
    <span className="min-w-0 flex-1">
      <span className="block truncate text-sm">{row.text || t("No text")}</span>
      <span className="block truncate text-xs text-muted-foreground">
        {row.role === "user" ? t("You") : model || t("Answer")} · {time}
        {row.leaf && ` · ${t("shown now")}`}
      </span>
    </span>
  );
}

/**
 * The tree. Only the rows near the visible part are drawn.
 *
 * @param {{ rows: Row[], onJump: (id: string) => void }} props
 */
function Tree({ rows, onJump }) {
  const [collapsed, setCollapsed] = useState(/** @type {ReadonlySet<string>} */ (new Set()));
  const [active, setActive] = useState(() => rows.find((row) => row.leaf)?.id ?? rows[0]?.id ?? "");
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(0);
  const box = useRef(/** @type {HTMLDivElement | null} */ (null));
  const shown = useMemo(() => shownRows(rows, collapsed), [rows, collapsed]);
  const at = shown.findIndex((index) => rows[index].id === active);

  useEffect(() => {
    const element = elementOf(box);
    element.focus();
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: it is scrolled to when the height is known too
  useEffect(() => {
    const element = elementOf(box);
    const start = at * ROW;
    if (start < element.scrollTop) element.scrollTop = start;
    else if (start + ROW > element.scrollTop + element.clientHeight) {
      element.scrollTop = start + ROW - element.clientHeight;
    }
  }, [at, height]);

  const setOpen = (/** @type {string} */ id, /** @type {boolean} */ open) => {
    const next = new Set(collapsed);
    if (open) next.delete(id);
    else next.add(id);
    setCollapsed(next);
  };
  const moveTo = (/** @type {number} */ place) => {
    const index = shown[Math.max(0, Math.min(place, shown.length - 1))];
    setActive(rows[index].id);
  };
  const keyDown = (/** @type {import("react").KeyboardEvent} */ event) => {
    const row = rows[shown[at]];
    if (!row) return;
    const isOpen = row.branches && !collapsed.has(row.id);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => moveTo(at + 1),
      ArrowUp: () => moveTo(at - 1),
      Home: () => moveTo(0),
      End: () => moveTo(shown.length - 1),
      PageDown: () => moveTo(at + Math.floor(height / ROW)),
      PageUp: () => moveTo(at - Math.floor(height / ROW)),
      ArrowRight: () => (isOpen ? moveTo(at + 1) : setOpen(row.id, true)),
      ArrowLeft: () => {
        if (isOpen) setOpen(row.id, false);
        else if (row.parent >= 0) setActive(rows[row.parent].id);
      },
      Enter: () => onJump(row.id),
      " ": () => onJump(row.id),
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  };

  const first = Math.max(0, Math.floor(top / ROW) - AROUND);
  const last = Math.min(shown.length, Math.ceil((top + height) / ROW) + AROUND);
  const drawn = Array.from({ length: Math.max(0, last - first) }, (_, place) => first + place);
  if (at >= 0 && (at < first || at >= last)) drawn.push(at); // what the focus is on is always there

  return (
    <div
      ref={box}
      role="tree"
      aria-label={t("Versions of this conversation")}
      aria-activedescendant={active && `branch-${active}`}
      tabIndex={0}
      onKeyDown={keyDown}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      className="h-[min(36rem,calc(100dvh-12rem))] max-sm:h-[calc(100dvh-8rem)] overflow-y-auto overscroll-contain outline-none"
    >
      <div role="presentation" className="relative" style={{ height: shown.length * ROW }}>
        {drawn.map((place) => {
          const row = rows[shown[place]];
          const isOpen = row.branches && !collapsed.has(row.id);
          const indent = Math.min(row.level - 1, MOST_INDENTED) * INDENT;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the tree handles the keys
            // biome-ignore lint/a11y/useFocusableInteractive: the focus stays on the tree
            <div
              key={row.id}
              id={`branch-${row.id}`}
              role="treeitem"
              aria-level={row.level}
              aria-posinset={row.position}
              aria-setsize={row.size}
              aria-expanded={row.branches ? isOpen : undefined}
              aria-selected={row.id === active}
              aria-current={row.current ? "true" : undefined}
              data-testid="branch-item"
              data-id={row.id}
              data-current={row.current}
              onClick={() => onJump(row.id)}
              onPointerDown={() => setActive(row.id)}
              className="absolute inset-x-0 flex cursor-pointer items-center gap-1 border-s-2 border-transparent pe-3 hover:bg-muted aria-selected:bg-muted data-[current=true]:border-primary"
              style={{
                top: place * ROW,
                height: ROW,
                paddingInlineStart: 8 + indent,
              }}
            >
              <span
                aria-hidden
                data-testid={row.branches ? "branch-fold" : undefined}
                onPointerDown={(event) => event.stopPropagation()}
                onClick={(event) => {
                  if (!row.branches) return;
                  event.stopPropagation();
                  setActive(row.id);
                  setOpen(row.id, !isOpen);
                }}
                className="grid size-7 shrink-0 place-items-center rounded text-muted-foreground"
              >
                {row.branches && (isOpen ? <ChevronDown size={15} /> : <ChevronRight size={15} />)}
              </span>
              <RowText row={row} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** @param {{ conversationId: string, onJump: (id: string) => void }} props */
function LoadedTree({ conversationId, onJump }) {
  const [loaded, setLoaded] = useState(/** @type {Awaited<ReturnType<typeof load>> | null} */ (null));
  const [failed, setFailed] = useState(false);

  useEffect(() => {
    const leaving = new AbortController();
    load(conversationId, leaving.signal).then(setLoaded, () => {
      if (!leaving.signal.aborted) setFailed(true);
    });
    return () => leaving.abort();
  }, [conversationId]);

  if (!loaded) {
    return (
      <p role="status" className="py-24 text-center text-sm text-muted-foreground">
        {failed
          ? t("The versions could not be loaded. Close this dialog and try again.")
          : t("Loading the versions…")}
      </p>
    );
  }
  return (
    <>
      <Tree rows={loaded.rows} onJump={onJump} />
      <p className="border-t border-border px-4 py-2.5 text-xs text-muted-foreground">
        {loaded.complete
          ? ""
          : `${ngettext("Only the newest {count} message is here.", "Only the newest {count} messages are here.", loaded.rows.length)} `}
        The line marks what is shown now. Enter or a click jumps to a message.
      </p>
    </>
  );
}

/**
 * The button that opens the tree.
 *
 * @param {{ conversationId: string }} props
 */
export function BranchTree({ conversationId }) {
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  const jump = (/** @type {string} */ id) => {
    setOpen(false);
    navigate(`/c/${conversationId}?message=${id}`);
  };
  return (
    <>
      <button
        type="button"
        aria-label={t("All versions of this conversation")}
        title={t("All versions of this conversation")}
        aria-haspopup="dialog"
        data-testid="branch-tree-open"
        onClick={() => setOpen(true)}
        className="grid size-9 shrink-0 place-items-center rounded-lg text-muted-foreground hover:bg-muted hover:text-foreground"
      >
        <GitBranch size={17} aria-hidden />
      </button>
      <ModalDialog open={open} label={t("All versions")} testid="branch-tree" onClose={() => setOpen(false)}>
        {open && <LoadedTree conversationId={conversationId} onJump={jump} />}
      </ModalDialog>
    </>
  );
}
