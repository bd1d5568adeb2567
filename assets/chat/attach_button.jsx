// The button that attaches files. On a touch screen it asks first whether to open the camera, the photos or the files,
// because a file chooser for everything does not offer the camera on every phone.

import { Paperclip } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { ActionMenu, MenuItem } from "../ui/action_menu.jsx";
import { elementOf } from "../ui/element_of.js";
import { useIsMac } from "../ui/keys.jsx";
import { keyNames } from "../ui/shortcuts.js";
import { t } from "../ui/words.js";

const CHOOSERS = /** @type {const} */ ([
  { name: t("Take a photo"), testid: "attach-photo", accept: "image/*", camera: true },
  { name: t("Photos"), testid: "attach-pictures", accept: "image/*", camera: false },
  { name: t("Files"), testid: "attach-file", accept: undefined, camera: false },
]);
const FILES = CHOOSERS.length - 1;

/** @param {{ onFiles: (files: File[]) => void }} props */
export function AttachButton({ onFiles }) {
  const [touch, setTouch] = useState(false);
  const inputs = useRef(/** @type {(HTMLInputElement | null)[]} */ ([]));
  const mac = useIsMac();
  useEffect(() => setTouch(matchMedia("(pointer: coarse)").matches), []);
  const choose = (/** @type {number} */ index) => elementOf({ current: inputs.current[index] }).click();

  return (
    <>
      {CHOOSERS.map(({ name, testid, accept, camera }, index) => (
        <input
          key={testid}
          ref={(element) => {
            inputs.current[index] = element;
          }}
          type="file"
          multiple={!camera}
          accept={accept}
          capture={camera ? "environment" : undefined}
          data-testid={testid}
          aria-label={name}
          hidden
          onChange={({ target }) => {
            const files = [...(target.files ?? [])];
            target.value = ""; // so that the same file can be chosen again
            onFiles(files);
          }}
        />
      ))}
      {touch ? (
        <ActionMenu label={t("Attach files")} testid="attach" icon={Paperclip} round>
          {CHOOSERS.map(({ name, testid }, index) => (
            <MenuItem key={testid} testid={`${testid}-item`} onClick={() => choose(index)}>
              {name}
            </MenuItem>
          ))}
        </ActionMenu>
      ) : (
        <button
          type="button"
          data-testid="attach"
          aria-label={t("Attach files")}
          title={`${t("Attach files")} (${keyNames("Mod+U", mac)})`}
          onClick={() => choose(FILES)}
          className="grid size-9 shrink-0 place-items-center rounded-full text-muted-foreground transition-colors hover:bg-muted hover:text-foreground"
        >
          <Paperclip size={18} aria-hidden />
        </button>
      )}
    </>
  );
}
