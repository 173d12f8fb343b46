/**
 * What the sandbox sends in ordinary cases: JSON, and errors in the form in which Laravel, under AliKassa's API, writes them.
 */
import type { ServerResponse } from "node:http";

/** Laravel's validation errors: field → messages. */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** An answer that is known in full before its first byte is sent. */
export interface PlainAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Headers besides `Content-Length`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body. */
  readonly body: string | Uint8Array;
}

/**
 * An answer with a JSON body that is given as text.
 *
 * @example
 * ```ts
 * jsonAnswer(200, '{"amount":93.84000000}');
 * ```
 */
export function jsonAnswer(
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): PlainAnswer {
  return { status, headers: { "Content-Type": "application/json", ...headers }, body };
}

/**
 * An error without fields, as Laravel writes one for any other status than 422 or 400.
 *
 * @example
 * ```ts
 * messageAnswer(503); // {"message":"Sandbox: HTTP 503."}
 * ```
 */
export function messageAnswer(
  status: number,
  message = `Sandbox: HTTP ${status}.`,
  headers: Readonly<Record<string, string>> = {},
): PlainAnswer {
  return jsonAnswer(status, JSON.stringify({ message }), headers);
}

/**
 * Laravel's validation error under AliKassa's status, HTTP 400.
 *
 * @example
 * ```ts
 * invalidAnswer({ sign: ["The sign is invalid."] });
 * ```
 */
export function invalidAnswer(errors: FieldErrors, status = 400): PlainAnswer {
  return jsonAnswer(status, JSON.stringify({ message: "The given data was invalid.", errors }));
}

/**
 * Sends an answer. A status below 200 is written by hand, because Node would refuse it or take it for an interim response.
 *
 * @example
 * ```ts
 * sendAnswer(response, jsonAnswer(200, "[]"));
 * ```
 */
export function sendAnswer(response: ServerResponse, { status, headers, body }: PlainAnswer): void {
  const bytes = Buffer.from(body);
  if (status < 200) {
    const lines = Object.entries({ ...headers, "Content-Length": String(bytes.length), Connection: "close" });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    response.socket?.end(
      Buffer.concat([Buffer.from(`HTTP/1.1 ${String(status).padStart(3, "0")} Sandbox\r\n${head}\r\n`), bytes]),
    );
    return;
  }
  // 204 and 304 have no body; a Content-Length with one would leave the connection out of step.
  const bodiless = status === 204 || status === 304;
  response.writeHead(status, bodiless ? headers : { ...headers, "Content-Length": bytes.length });
  response.end(bodiless ? undefined : bytes);
}
