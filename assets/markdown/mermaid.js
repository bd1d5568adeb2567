// Draws Mermaid diagrams as images. The library is loaded with the first diagram.
//
// A diagram is text of a model: its HTML is made text before the library reads it, no diagram may change the
// library's settings for safety or styles, and what comes out is shown as an image, where browsers run no script
// and load nothing.

const LARGEST = 20_000; // characters of a diagram
const SETTINGS = {
  startOnLoad: false,
  securityLevel: "strict",
  suppressErrorRendering: true,
  htmlLabels: false,
  flowchart: { htmlLabels: false },
  maxTextSize: LARGEST,
  maxEdges: 300,
  secure: [
    ..."secure securityLevel startOnLoad maxTextSize maxEdges suppressErrorRendering htmlLabels flowchart".split(
      " ",
    ),
    ..."themeCSS themeVariables fontFamily altFontFamily".split(" "),
  ],
};

// A tag other than `<br>`, but not `<<interface>>` of class diagrams. The library writes labels into the page to
// measure them.
const TAG = /<<\w[\w ]*>>|<br\s*\/?>|<(?=[a-z/!?])/gi;

/** @param {string} source */
const withoutHtml = (source) => source.replace(TAG, (found) => (found === "<" ? "#lt;" : found));

let lastId = 0;

/** @type {Promise<unknown>} */
let previous = Promise.resolve(); // the library draws one diagram at a time

/**
 * @param {string} source
 * @param {boolean} dark
 */
async function draw(source, dark) {
  if (source.length > LARGEST) return null;
  const place = document.createElement("div");
  try {
    const { default: mermaid } = await import("mermaid");
    mermaid.initialize({ ...SETTINGS, theme: dark ? "dark" : "neutral" });
    lastId += 1;
    // Texts are measured where they are drawn, so the place must be in the page, but nobody sees it.
    place.style.cssText = "position:fixed;left:-99999px;top:0;visibility:hidden";
    document.body.append(place);
    const { svg } = await mermaid.render(`diagram-${lastId}`, withoutHtml(source), place);
    return imageOf(svg);
  } catch {
    return null; // its source stays: it cannot be read, or the library cannot be loaded
  } finally {
    place.remove();
  }
}

/** @param {string} svg */
function imageOf(svg) {
  const { documentElement: root } = new DOMParser().parseFromString(svg, "image/svg+xml");
  const [, , width = 0, height = 0] = (root.getAttribute("viewBox") ?? "").split(/[\s,]+/).map(Number);
  if (!(width > 0 && height > 0)) return null;
  root.setAttribute("width", String(width));
  root.setAttribute("height", String(height));
  root.removeAttribute("style");
  const text = new XMLSerializer().serializeToString(root);
  return {
    svg: text,
    address: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`,
    width,
    height,
  };
}

/**
 * A diagram as an image, or null if its source must be shown.
 *
 * @param {string} source
 * @param {boolean} dark whether it is for the dark theme
 */
export function drawDiagram(source, dark) {
  const drawn = previous.then(() => draw(source, dark));
  previous = drawn;
  return drawn;
}
