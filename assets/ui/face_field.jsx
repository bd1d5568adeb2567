// The face of an assistant in its form: a symbol on a colour, or a picture that the browser makes small.

import { ImagePlus } from "lucide-react";
import { useRef, useState } from "react";
import { elementOf } from "./element_of.js";
import { t } from "./words.js";

const SIDE = 128; // pixels
const KEEP = "keep"; // the value that keeps the picture there is
const LONGEST = 16_000; // characters of an address that the server takes
const QUALITIES = [0.85, 0.6, 0.35];

/** The first two signs of a text; an emoji can have many characters. @param {string} text */
const beginning = (text) =>
  [...new Intl.Segmenter().segment(text)]
    .slice(0, 2)
    .map(({ segment }) => segment)
    .join("");

/**
 * A picture as the address of a small square.
 *
 * @param {Blob} file
 * @returns {Promise<string>} empty if the browser cannot read it
 */
async function squareOf(file) {
  const picture = await createImageBitmap(file).catch(() => null);
  if (!picture) return "";
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const side = Math.min(picture.width, picture.height);
  const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
  canvas.getContext("2d")?.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
  picture.close();
  const tried = QUALITIES.map((quality) => canvas.toDataURL("image/webp", quality));
  // Where a browser writes no WebP, a photo as PNG may be too large.
  tried.push(canvas.toDataURL("image/jpeg", 0.8));
  return tried.find((address) => address.length <= LONGEST) ?? "";
}

/**
 * The fields `symbol`, `colour` and `picture` of a form.
 *
 * @param {{ symbol: string, colour: string, colours: string[], picture: string }} props as of `FaceField` in
 *   webchat/components/react_ui.py
 */
export function FaceField({ symbol, colour, colours, picture }) {
  const [sign, setSign] = useState(symbol);
  const [chosen, setChosen] = useState(colour);
  const [value, setValue] = useState(picture ? KEEP : "");
  const [problem, setProblem] = useState("");
  const file = useRef(/** @type {HTMLInputElement | null} */ (null));

  const choose = async (/** @type {File | undefined} */ given) => {
    if (!given) return;
    const address = await squareOf(given);
    setProblem(address ? "" : t("This file is not a picture that your browser can read."));
    if (address) setValue(address);
  };

  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
      <input type="hidden" name="picture" value={value} />
      {value ? (
        <img src={value === KEEP ? picture : value} alt="" className="face size-16" />
      ) : (
        <span aria-hidden className="face size-16 text-3xl" data-colour={chosen}>
          {sign || "A"}
        </span>
      )}
      <div className="min-w-0 flex-1 basis-64 space-y-2.5">
        <div className="flex flex-wrap items-center gap-2">
          <input
            name="symbol"
            value={sign}
            onChange={(event) => setSign(beginning(event.target.value))}
            maxLength={32}
            autoComplete="off"
            aria-label={t("Emoji or letter")}
            placeholder={t("Emoji")}
            data-testid="assistant-symbol"
            className="w-20 rounded-lg border border-input bg-card px-3 py-2 text-center text-sm outline-none placeholder:text-muted-foreground focus:border-primary"
          />
          <button
            type="button"
            onClick={() => elementOf(file).click()}
            className="inline-flex items-center gap-1.5 rounded-lg border border-border bg-card px-3 py-2 text-sm font-medium hover:bg-muted"
          >
            <ImagePlus size={15} aria-hidden />
            {value ? t("Another picture") : t("Picture")}
          </button>
          {value && (
            <button
              type="button"
              data-testid="assistant-no-picture"
              onClick={() => setValue("")}
              className="rounded-lg px-2.5 py-1.5 text-sm font-medium text-muted-foreground hover:bg-muted hover:text-foreground"
            >
              {t("Remove")}
            </button>
          )}
          <input
            ref={file}
            type="file"
            accept="image/*"
            tabIndex={-1}
            aria-label={t("Picture")}
            data-testid="assistant-picture"
            className="hidden"
            onChange={(event) => {
              choose(event.target.files?.[0]);
              event.target.value = ""; // so that the same file can be chosen again
            }}
          />
        </div>
        {problem && (
          <p role="alert" className="text-sm text-danger">
            {problem}
          </p>
        )}
        {!value && (
          <fieldset className="flex flex-wrap gap-1.5">
            <legend className="sr-only">{t("Colour")}</legend>
            {colours.map((each) => (
              <label key={each} className="relative">
                <input
                  type="radio"
                  name="colour"
                  value={each}
                  checked={each === chosen}
                  onChange={() => setChosen(each)}
                  className="peer absolute inset-0 size-full cursor-pointer opacity-0"
                />
                <span
                  title={each}
                  data-colour={each}
                  className="face size-7 border-2 border-transparent peer-checked:border-foreground peer-focus-visible:outline-2 peer-focus-visible:outline-ring"
                />
                <span className="sr-only">{each}</span>
              </label>
            ))}
          </fieldset>
        )}
        {value && <input type="hidden" name="colour" value={chosen} />}
      </div>
    </div>
  );
}
