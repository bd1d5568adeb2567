// What keys and commands do on every page: the handler of the shortcuts, the palette and the list of keys.

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { conversationOnScreen, provideActs } from "./acts.js";
import { downloadFrom } from "./download.js";
import { Palette } from "./palette.jsx";
import { commandsOf } from "./palette_items.js";
import { ShortcutSheet } from "./shortcut_sheet.jsx";
import { bindings, isMac, isPressed, SHORTCUTS, worksWhileTyping } from "./shortcuts.js";
import { t } from "./words.js";

const SAID_FOR = 1800; // ms
const ANSWER = '[data-testid="message"][data-role="assistant"]';

/**
 * The last element for a selector that can be pressed.
 *
 * @param {string} selector
 * @returns {HTMLElement | undefined}
 */
const lastOf = (selector) =>
  /** @type {HTMLElement[]} */ ([...document.querySelectorAll(selector)])
    .filter((element) => !element.matches(":disabled"))
    .at(-1);

/**
 * Presses the last button for a selector; returns whether there is one.
 *
 * @param {string} selector
 */
function press(selector) {
  const button = lastOf(selector);
  button?.click();
  return !!button;
}

/** @param {string} selector */
function focus(selector) {
  const field = lastOf(selector);
  field?.focus();
  return !!field;
}

/** @param {EventTarget | null} target */
const isTyping = (target) =>
  target instanceof Element && !!target.closest("input, textarea, select, [contenteditable]");

/** @param {EventTarget | null} target */
const isEmptyComposer = (target) =>
  target instanceof HTMLTextAreaElement && target.dataset.testid === "composer" && !target.value;

/** Whether a dialog or a menu has the keys. */
const isSomethingOpen = () => !!document.querySelector("dialog[open], [popover]:popover-open");

/**
 * @param {{
 *   changed?: Record<string, string>,
 *   sections?: string[][],
 *   conversations?: import("./palette_items.js").Conversation[],
 *   assistants?: import("./palette_items.js").Assistant[],
 *   models?: import("./model_groups.js").Model[],
 *   hasMessages?: boolean,
 *   isTemporary?: boolean,
 *   onDelete?: (conversationId: string) => void,
 *   onShare?: (conversationId: string) => void,
 *   onPick?: (model: string) => void,
 *   onSystemPrompt?: (text: string) => void,
 * }} props as of `Commands` in webchat/components/react_ui.py
 */
export function Commands(props) {
  const { changed = {}, sections = [], conversations = [], assistants = [], models = [] } = props;
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const [open, setOpen] = useState(/** @type {"" | "palette" | "sheet"} */ (""));
  const [said, setSaid] = useState("");
  const latest = useRef(props);
  latest.current = props;
  const keys = useMemo(() => bindings(changed), [changed]);
  const onChatPage = pathname === "/" || pathname.startsWith("/c/");
  const hasMessages = onChatPage && !!props.hasMessages;
  const temporary = onChatPage && !!props.isTemporary;

  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => setSaid(""), SAID_FOR);
    return () => clearTimeout(timer);
  }, [said]);

  // The button says itself whether it could copy.
  const pressCopy = useCallback((/** @type {string} */ selector, /** @type {string} */ words) => {
    const button = lastOf(selector);
    if (!button) return false;
    const watcher = new MutationObserver(() => {
      watcher.disconnect();
      if (button.getAttribute("aria-label") === t("Copied")) setSaid(words);
    });
    watcher.observe(button, { attributeFilter: ["aria-label"] });
    button.click();
    return true;
  }, []);

  const run = useCallback(
    /** @type {import("./acts.js").Acts["run"]} */
    (id, argument = "") => {
      const conversation = conversationOnScreen();
      const go = (/** @type {string} */ address) => {
        navigate(address);
        return true;
      };
      const show = (/** @type {"palette" | "sheet"} */ what) => {
        setOpen(what);
        return true;
      };
      const tell = (/** @type {((value: string) => void) | undefined} */ callback, value = conversation) => {
        if (value) callback?.(value);
        return !!value;
      };
      /** @type {Record<string, () => boolean>} */
      const acts = {
        palette: () => show("palette"),
        shortcuts: () => show("sheet"),
        "new-chat": () => go("/"),
        temporary: () => go("/?temporary=true"),
        open: () => go(argument),
        sidebar: () => !window.dispatchEvent(new Event("webchat:sidebar", { cancelable: true })),
        "message-box": () => focus('[data-testid="composer"]'),
        field: () => focus('[data-testid="composer"], [data-testid="search"]'),
        attach: () =>
          press('[data-takes-files]:focus-within [data-testid="attach"]') || press('[data-testid="attach"]'),
        "copy-answer": () => pressCopy(`${ANSWER} [data-testid="copy"]`, t("Answer copied")),
        "copy-code": () => pressCopy(`${ANSWER} [data-testid="copy-code"]`, t("Code copied")),
        "edit-last": () => {
          const onWait = () => setSaid(t("Opens for editing when the answer has ended"));
          const event = new CustomEvent("webchat:edit-last", { cancelable: true, detail: { onWait } });
          return !window.dispatchEvent(event);
        },
        stop: () => press('[data-testid="stop"]'),
        delete: () => tell(latest.current.onDelete),
        share: () => tell(latest.current.onShare),
        compare: () => !window.dispatchEvent(new Event("webchat:compare", { cancelable: true })),
        model: () => tell(latest.current.onPick, argument),
        system: () => tell(latest.current.onSystemPrompt, argument),
        export: () => {
          if (!conversation) return false;
          downloadFrom(`/api/export?format=${argument}&conversation=${conversation}`);
          return true;
        },
      };
      return acts[id]?.() ?? false;
    },
    [navigate, pressCopy],
  );

  useEffect(
    () => provideActs({ run, models: onChatPage ? models : [], assistants, hasMessages, temporary }),
    [run, models, assistants, onChatPage, hasMessages, temporary],
  );

  useEffect(() => {
    const mac = isMac();
    const keyDown = (/** @type {KeyboardEvent} */ event) => {
      if (event.defaultPrevented || event.isComposing || event.keyCode === 229 || isSomethingOpen()) return;
      const shortcut = SHORTCUTS.find(({ id }) => isPressed(event, keys[id], mac));
      if (!shortcut) return;
      const { id, inEmptyComposer } = shortcut;
      const works = inEmptyComposer
        ? isEmptyComposer(event.target)
        : worksWhileTyping(keys[id]) || !isTyping(event.target);
      if (!works) return;
      if ((!event.repeat && run(id)) || event.ctrlKey || event.metaKey) event.preventDefault();
    };
    window.addEventListener("keydown", keyDown);
    return () => window.removeEventListener("keydown", keyDown);
  }, [keys, run]);

  return (
    <>
      {open === "palette" && (
        <Palette
          commands={commandsOf({
            keys,
            sections,
            onChatPage,
            inConversation: pathname.startsWith("/c/"),
            hasMessages,
            temporary,
          })}
          conversations={conversations.filter(({ id }) => id !== conversationOnScreen())}
          assistants={assistants}
          models={onChatPage ? models : []}
          isOpening={(event) => isPressed(event, keys.palette, isMac())}
          onRun={run}
          onClose={() => setOpen((now) => (now === "palette" ? "" : now))}
        />
      )}
      <ShortcutSheet
        open={open === "sheet"}
        keys={keys}
        onClose={() => setOpen((now) => (now === "sheet" ? "" : now))}
        onSettings={() => {
          setOpen("");
          navigate("/settings/keyboard");
        }}
      />
      <p
        role="status"
        data-testid="said"
        className="fixed bottom-28 left-1/2 z-50 -translate-x-1/2 rounded-full bg-foreground px-4 py-1.5 text-sm text-background shadow-lg empty:hidden"
      >
        {said}
      </p>
    </>
  );
}
