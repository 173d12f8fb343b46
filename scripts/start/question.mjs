/** One request to the Worker, and what a person sees of it. */
import { styleText } from "node:util";

const PATH = "/v1/payout/status";

/** Asks the Worker for a payout, and prints its answer. Returns whether it was a payout. */
export async function ask({ url, token, query }) {
  const begin = performance.now();
  const response = await fetch(`${url}${PATH}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(query),
  });
  const text = await response.text();
  const time = styleText("dim", `in ${Math.round(performance.now() - begin)} ms`);
  const [name, value] = Object.entries(query)[0] ?? [];
  const head = `The payout with ${name} ${value}: HTTP ${response.status}`;
  console.log(`\n${styleText(response.ok ? "bold" : "red", head)} ${time}\n`);
  console.log(indented(text));
  return response.status === 200;
}

/** The `curl` line that asks the same. `token` stands between double quotes. */
export function curlLine({ url, token, query }) {
  const body = JSON.stringify(query).replaceAll("'", "'\\''");
  return `curl -H "Authorization: Bearer ${token}" -H "Content-Type: application/json" -d '${body}' ${url}${PATH}`;
}

/** JSON on several lines. Its numbers keep their digits. */
function indented(text) {
  try {
    const keepDigits = (_key, value, { source }) => (typeof value === "number" ? JSON.rawJSON(source) : value);
    return JSON.stringify(JSON.parse(text, keepDigits), null, 2);
  } catch {
    return text;
  }
}
