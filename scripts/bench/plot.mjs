/**
 * docs/benchmarks.svg: warm signatures compared with WebCrypto, and cold starts. A label stands on a line of its own above its bar,
 * and a figure inside a wide margin to the right, so that no text is cut off in any font.
 */
import { COLD_PLACES, figure, RUNTIMES, TITLES, times } from "./report.mjs";

const WIDTH = 720;
const LEFT = 24;
const RIGHT = 120;
const BAR = 12;
const ROW = 38;
const FONT = 'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="13"';
const [OURS, OTHERS] = ["#1565c0", "#9aa5b1"];

export function toSvg({ warm, cold }) {
  const bar = (name, value, text) => ({
    label: TITLES[name].replaceAll("`", ""),
    value,
    text,
    isOurs: name === "edge",
  });
  const warmGroups = Object.entries(RUNTIMES).map(([runtime, place]) => ({
    title: `One warm signature in ${place}, 2048 bits`,
    bars: Object.entries(warm[runtime].signature[2048]).map(([name, { median }]) =>
      bar(name, median, `${figure(median)} ms, ${times(median / warm[runtime].signature[2048].webcrypto.median)}`),
    ),
  }));
  const coldGroups = Object.entries(cold).map(([place, byName]) => ({
    title: `Cold start to the first signature, 2048 bits: ${COLD_PLACES[place]}`,
    bars: Object.entries(byName).map(([name, { sum }]) => bar(name, sum.median, `${figure(sum.median)} ms`)),
  }));
  const parts = [];
  let y = 12;
  for (const group of [...warmGroups, ...coldGroups]) y = draw(parts, group, y);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" ${FONT} fill="#24292f">
<title>Benchmarks of alikassa-edge: shorter bars are faster</title>
<rect width="100%" height="100%" fill="#ffffff"/>
${parts.join("\n")}
</svg>
`;
}

function draw(parts, { title, bars }, top) {
  const scale = (WIDTH - LEFT - RIGHT) / Math.max(...bars.map(({ value }) => value));
  let y = top + 20;
  parts.push(`<text x="${LEFT}" y="${y}" font-weight="600">${title}</text>`);
  for (const { label, value, text, isOurs } of bars) {
    const width = Math.max(scale * value, 1).toFixed(1);
    parts.push(`<text x="${LEFT}" y="${y + 20}"${isOurs ? ' font-weight="600"' : ""}>${label}</text>`);
    parts.push(`<rect x="${LEFT}" y="${y + 25}" width="${width}" height="${BAR}" fill="${isOurs ? OURS : OTHERS}"/>`);
    parts.push(`<text x="${LEFT + Number(width) + 6}" y="${y + 35}" font-size="11">${text}</text>`);
    y += ROW;
  }
  return y + 16;
}
