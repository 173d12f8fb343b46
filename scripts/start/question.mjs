/** One question to the Worker, and the lines that a person sees of it. */
import { bold, dim, red, say } from "../screen.mjs";

const PATH = "/v1/payout/status";

/**
 * Asks the Worker, and prints what it answers.
 *
 * @param {{ url: string, token: string, query: object }} question
 * @returns {Promise<boolean>} Whether the answer was a payout.
 */
export async function ask({ url, token, query }) {
  const begin = performance.now();
  const response = await fetch(`${url}${PATH}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify(query),
  });
  const text = await response.text();
  const time = `${Math.round(performance.now() - begin)} ms`;
  const [name, value] = Object.entries(query)[0] ?? [];
  const head = `The payout with ${name} ${value}: HTTP ${response.status}`;
  say(`\n${response.ok ? bold(head) : red(head)} ${dim(`in ${time}`)}\n`);
  say(pretty(text));
  return response.status === 200;
}

/**
 * The `curl` line that asks the same.
 *
 * @param {{ url: string, token: string, query: object }} question `token` as it shall stand between double quotes.
 */
export function curlLine({ url, token, query }) {
  const body = JSON.stringify(query).replaceAll("'", "'\\''");
  return `curl -H "Authorization: Bearer ${token}" -H "Content-Type: application/json" -d '${body}' ${url}${PATH}`;
}

/**
 * JSON on several lines, its numbers with the digits that they came with.
 *
 * @param {string} text
 */
function pretty(text) {
  try {
    const digits = (_key, value, { source }) => (typeof value === "number" ? JSON.rawJSON(source) : value);
    return JSON.stringify(JSON.parse(text, digits), null, 2);
  } catch {
    return text;
  }
}
