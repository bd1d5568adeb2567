// Turns pictures upright, scales them down and leaves out their metadata, off the main thread: a picture that is drawn
// and written anew has nothing but its pixels.

import { attempts, MOST_BYTES } from "./picture_scaling.js";

/**
 * @param {ImageBitmap} picture
 * @param {import("./picture_scaling.js").Attempt} attempt
 */
function written(picture, { type, quality, size: { width, height } }) {
  const canvas = new OffscreenCanvas(width, height);
  const drawing = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  drawing.imageSmoothingQuality = "high";
  if (type === "image/jpeg") {
    drawing.fillStyle = "#fff"; // for what is transparent
    drawing.fillRect(0, 0, width, height);
  }
  drawing.drawImage(picture, 0, 0, width, height);
  return canvas.convertToBlob({ type, quality });
}

/** @param {Blob} file */
async function prepared(file) {
  const picture = await createImageBitmap(file); // upright, as its metadata says
  try {
    for (const attempt of attempts(file.type, picture)) {
      const blob = await written(picture, attempt);
      if (blob.size <= MOST_BYTES) return { blob, ...attempt.size };
    }
  } finally {
    picture.close();
  }
  throw new Error("too large at every size");
}

/** @param {MessageEvent<{ id: number, file: Blob }>} event */
self.onmessage = async ({ data: { id, file } }) => {
  const result = await prepared(file).catch(() => null);
  self.postMessage({ id, result });
};
