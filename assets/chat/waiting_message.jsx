// An unsent message on one line, with the names of its files and its actions.

/**
 * @param {{
 *   testid: string,
 *   label: string,
 *   text: string,
 *   files?: readonly { name: string }[],
 *   children: import("react").ReactNode,
 * }} props
 */
export function WaitingMessage({ testid, label, text, files = [], children }) {
  const words = [text, files.map(({ name }) => name).join(", ")].filter(Boolean).join(" · ");
  return (
    <div
      data-testid={testid}
      className="mb-2 flex items-center gap-2 rounded-xl border border-border bg-muted/60 py-1.5 pl-3.5 pr-1.5 text-sm"
    >
      <span className="min-w-0 flex-1 truncate">
        <span className="text-muted-foreground">{label}</span> {words}
      </span>
      {children}
    </div>
  );
}

/**
 * @param {{ testid: string, label: string, onClick: () => void, children: import("react").ReactNode }} props
 */
export function SmallButton({ testid, label, onClick, children }) {
  return (
    <button
      type="button"
      data-testid={testid}
      aria-label={label}
      title={label}
      onClick={onClick}
      className="grid h-7 min-w-7 shrink-0 place-items-center rounded-md px-1.5 hover:bg-muted"
    >
      {children}
    </button>
  );
}
