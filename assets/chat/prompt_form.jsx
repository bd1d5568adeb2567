// Asks for the variables of a saved prompt.

import { ModalDialog } from "../ui/dialog.jsx";
import { t } from "../ui/words.js";
import { filledIn, variablesOf } from "./prompt_text.js";

/** @typedef {{ name: string, text: string }} Prompt */

/**
 * @param {{ prompt: Prompt | null, onFilled: (text: string) => void, onClose: () => void }} props
 */
export function PromptForm({ prompt, onFilled, onClose }) {
  const variables = prompt ? variablesOf(prompt.text) : [];
  const submit = (/** @type {import("react").FormEvent<HTMLFormElement>} */ event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const values = Object.fromEntries(variables.map((name) => [name, String(form.get(name) ?? "")]));
    if (prompt) onFilled(filledIn(prompt.text, values));
  };
  return (
    <ModalDialog open={!!prompt} label={prompt?.name ?? ""} testid="prompt-form" onClose={onClose}>
      <form onSubmit={submit} className="space-y-4 p-5">
        {variables.map((name, at) => (
          <label key={name} className="block">
            <span className="mb-1.5 block text-sm font-medium">{name}</span>
            <textarea
              name={name}
              rows={1}
              dir="auto"
              data-first={at === 0 ? "" : undefined}
              data-testid="prompt-variable"
              onKeyDown={(event) => {
                if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
                event.preventDefault();
                event.currentTarget.form?.requestSubmit();
              }}
              className="field-sizing-content max-h-60 w-full resize-none rounded-lg border border-input bg-card px-3 py-2 text-sm leading-6 outline-none focus:border-primary"
            />
          </label>
        ))}
        <div className="flex justify-end">
          <button
            type="submit"
            data-testid="prompt-insert"
            className="rounded-lg bg-primary px-3.5 py-2 text-sm font-medium text-primary-foreground hover:brightness-95"
          >
            {t("Insert")}
          </button>
        </div>
      </form>
    </ModalDialog>
  );
}
