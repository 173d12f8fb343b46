/** A recording of a terminal as an SVG that plays it. */

const CELL_WIDTH = 8;
const LINE_HEIGHT = 18;
const FONT_SIZE = 13;
const MARGIN = 14;
const HOLD_SECONDS = 5;

const BACKGROUND = "#11161d";
const USUAL = "#d6dde6";
/** The colours that the command uses, by their number in a terminal. */
const COLOURS = { 1: "#ff7b72", 2: "#56d364", 3: "#e3b341", 6: "#56d4dd" };

/**
 * Shows one frame after the other, and then the last one for some seconds. Where nothing moves, as in a print, the last one.
 *
 * @param {string} title What is shown, for those who can't see it.
 * @param {import("./record.mjs").Recording} recording
 */
export function toSvg(title, { columns, frames }) {
  const rows = Math.max(...frames.map(({ lines }) => lines.length));
  const width = columns * CELL_WIDTH + 2 * MARGIN;
  const height = rows * LINE_HEIGHT + 2 * MARGIN;
  const last = frames.at(-1);
  const seconds = last.seconds + HOLD_SECONDS;
  const percent = (time) => `${((time / seconds) * 100).toFixed(2)}%`;
  const moves = frames.length > 2;
  const shown = moves ? frames : [last];
  const styles = shown.slice(0, moves ? undefined : 0).map(({ seconds: from }, at) => {
    const until = shown[at + 1]?.seconds;
    const hidden = until === undefined ? "" : `${percent(until)}{visibility:hidden}`;
    const before = from === 0 || at === 0 ? "" : "0%{visibility:hidden}";
    return `@keyframes f${at}{${before}${percent(at === 0 ? 0 : from)}{visibility:visible}${hidden}}
.f${at}{animation:f${at} ${seconds.toFixed(2)}s step-end infinite${until === undefined ? "" : ";visibility:hidden"}}`;
  });
  const groups = shown.map(({ lines }, at) => `<g class="f${at}" fill="${USUAL}">${lines.map(lineText).join("")}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
text{font:${FONT_SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}
${styles.join("\n")}
</style>
<rect width="100%" height="100%" rx="8" fill="${BACKGROUND}"/>
${groups.join("\n")}
</svg>
`;
}

function lineText(runs, row) {
  const y = MARGIN + row * LINE_HEIGHT + FONT_SIZE;
  return runs.map((run) => runText(run, y)).join("");
}

/** With its length, so that columns stand under each other whatever font there is. */
function runText({ text, colour, isBold, isDim, column }, y) {
  const indent = text.length - text.trimStart().length;
  const attributes = [
    `x="${MARGIN + (column + indent) * CELL_WIDTH}"`,
    `y="${y}"`,
    `textLength="${(text.length - indent) * CELL_WIDTH}"`,
    ...(colour in COLOURS ? [`fill="${COLOURS[colour]}"`] : []),
    ...(isBold ? ['font-weight="bold"'] : []),
    ...(isDim ? ['opacity="0.6"'] : []),
  ];
  return `<text ${attributes.join(" ")}>${escaped(text.trimStart())}</text>`;
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
