/** docs/bench.svg: warm signatures against WebCrypto's, and the way to the first signature. */
import { STEPS, TITLES } from "./names.mjs";
import { figure, times } from "./tables.mjs";

const WIDTH = 860;
const LEFT = 250;
const RIGHT = 70;
const BAR = 16;
const ROW = 24;
const FONT = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif"';

const OURS = "#1565c0";
const OTHERS = "#9aa5b1";
const STEP_COLOURS = { instantiate: "#80cbc4", open: "#ffb74d", sign: "#5c6bc0", sum: "#9aa5b1" };
const STEP_TITLES = { instantiate: "instantiate", open: "open the archive", sign: "first signature", sum: "all of it" };

/** A logarithmic axis: a bar begins at WebCrypto's time, to the left of which is faster. */
const LEAST = 0.5;
const MOST = 128;

/**
 * @param {any} figures What stands in docs/bench.json.
 */
export function toSvg(figures) {
  const parts = [];
  let y = 24;
  parts.push(text(16, y, "One warm 2048-bit signature, times WebCrypto's in the same runtime", 'font-weight="600"'));
  y += 20;
  const { axis, bottom } = warm(parts, figures.warm, y);
  y = axis(bottom) + 36;
  parts.push(text(16, y, "From a fresh start to the first signature, 2048 bits, ms", 'font-weight="600"'));
  y = legend(parts, y + 20);
  y = cold(parts, figures.cold, y + 8);
  const height = y + 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ${FONT} font-size="13" fill="#24292f">`,
    "<title>Benchmark of alikassa-edge</title>",
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function warm(parts, byRuntime, top) {
  const scale = (WIDTH - LEFT - RIGHT) / Math.log2(MOST / LEAST);
  const place = (ratio) => LEFT + scale * Math.log2(Math.min(Math.max(ratio, LEAST), MOST) / LEAST);
  const rows = [];
  let y = top;
  for (const [runtime, title] of [
    ["workerd", "workerd"],
    ["node", "Node"],
  ]) {
    const bySize = byRuntime[runtime].signature[2048];
    rows.push(text(16, y + 12, title, 'font-weight="600" fill="#57606a"'));
    y += ROW;
    const names = Object.keys(TITLES).filter((name) => name !== "webcrypto" && bySize[name] !== undefined);
    for (const name of names) {
      const ratio = bySize[name].median / bySize.webcrypto.median;
      const [from, to] = [place(1), place(ratio)].sort((a, b) => a - b);
      rows.push(label(y, name));
      rows.push(bar(from, y, Math.max(to - from, 1), name === "edge" ? OURS : OTHERS));
      rows.push(text(to + 6, y + 12, times(ratio), 'font-size="12"'));
      y += ROW;
    }
  }
  const axis = (bottom) => {
    const lines = [];
    for (let ratio = LEAST; ratio <= MOST; ratio *= 2) {
      const x = round(place(ratio));
      const colour = ratio === 1 ? "#24292f" : "#e4e7eb";
      lines.push(`<line x1="${x}" y1="${top}" x2="${x}" y2="${bottom}" stroke="${colour}"/>`);
      lines.push(
        text(
          x,
          bottom + 16,
          ratio === 1 ? "WebCrypto" : `${ratio}×`,
          'font-size="11" text-anchor="middle" fill="#57606a"',
        ),
      );
    }
    // Behind the bars.
    parts.push(...lines, ...rows);
    return bottom + 16;
  };
  return { axis, bottom: y };
}

function legend(parts, y) {
  let x = LEFT;
  for (const step of [...STEPS, "sum"]) {
    parts.push(`<rect x="${x}" y="${y - 10}" width="12" height="12" rx="2" fill="${STEP_COLOURS[step]}"/>`);
    const title = step === "sum" ? "all of it (a Worker's clock stands still)" : STEP_TITLES[step];
    parts.push(text(x + 17, y, title, 'font-size="12"'));
    x += 36 + title.length * 6.4;
  }
  return y;
}

function cold(parts, byPlace, top) {
  const places = {
    node: "Node process",
    "node-liftoff": "Node process, baseline compiler only",
    workerd: "workerd isolate",
  };
  const longest = Math.max(
    ...Object.values(byPlace).flatMap((byName) => Object.values(byName).map(({ sum }) => sum.median)),
  );
  const scale = (WIDTH - LEFT - RIGHT) / longest;
  let y = top;
  for (const [place, byName] of Object.entries(byPlace)) {
    parts.push(text(16, y + 12, places[place], 'font-weight="600" fill="#57606a"'));
    y += ROW;
    for (const [name, steps] of Object.entries(byName)) {
      parts.push(label(y, name));
      let x = LEFT;
      for (const step of steps[STEPS[0]] === undefined ? ["sum"] : STEPS) {
        const width = scale * steps[step].median;
        parts.push(bar(x, y, width, STEP_COLOURS[step]));
        x += width;
      }
      parts.push(text(x + 6, y + 12, figure(steps.sum.median), 'font-size="12"'));
      y += ROW;
    }
  }
  return y;
}

function label(y, name) {
  const weight = name === "edge" ? ' font-weight="600"' : "";
  return text(LEFT - 8, y + 12, TITLES[name].replaceAll("`", ""), `text-anchor="end"${weight}`);
}

function bar(x, y, width, colour) {
  return `<rect x="${round(x)}" y="${y}" width="${round(width)}" height="${BAR}" rx="1" fill="${colour}"/>`;
}

function text(x, y, content, attributes = "") {
  return `<text x="${round(x)}" y="${y}" ${attributes}>${escaped(content)}</text>`;
}

function escaped(content) {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function round(value) {
  return Number(value.toFixed(1));
}
