/** Requests to the Worker. */

/**
 * An answer of the Worker. Without one, there is no `status`.
 *
 * @typedef {{ status?: number, cache?: string | null, text: string, json: any }} Answer
 */

/**
 * Sends a GET request, or with a `body` a POST request, and yields the answer.
 *
 * @param {string} path
 * @param {{ headers: Record<string, string>, body?: unknown, signal: AbortSignal }} request
 * @returns {Promise<Answer>}
 */
export async function send(path, { headers, body, signal }) {
  try {
    // Without `cache: "no-store"`, which would make the Worker ask AliKassa too. The Worker forbids a browser to keep its answers.
    const response = await fetch(path, {
      ...(body === undefined ? { headers } : post(headers, body)),
      redirect: "error",
      referrerPolicy: "no-referrer",
      signal,
    });
    const text = await response.text();
    return { status: response.status, cache: response.headers.get("x-alikassa-cache"), text, json: parse(text) };
  } catch {
    return { text: "", json: undefined };
  }
}

function post(headers, body) {
  return { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** Parses JSON, and keeps the digits of its numbers if the browser can do that. */
function parse(text) {
  const digits = (_name, value, context) =>
    typeof value === "number" && context?.source !== undefined && JSON.rawJSON !== undefined
      ? JSON.rawJSON(context.source)
      : value;
  try {
    return JSON.parse(text, digits);
  } catch {
    return undefined;
  }
}
