/**
 * Ordinary answers: JSON, and errors in the form of Laravel, on which AliKassa's API runs.
 */
import type { ServerResponse } from "node:http";

/**
 * Laravel's validation errors: field → messages.
 *
 * @example
 * ```ts
 * const errors: FieldErrors = { sign: ["The sign is invalid."] };
 * ```
 */
export type FieldErrors = Readonly<Record<string, readonly string[]>>;

/** A complete answer. */
export interface PlainAnswer {
  /** HTTP status. */
  readonly status: number;
  /** Headers besides `Content-Length`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body. */
  readonly body: string | Uint8Array;
}

/** An answer with this JSON text as its body. */
export function jsonAnswer(
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): PlainAnswer {
  return { status, headers: { "Content-Type": "application/json", ...headers }, body };
}

/** Laravel's error for any other status than 400 and 422. */
export function messageAnswer(
  status: number,
  message = `Sandbox: HTTP ${status}.`,
  headers: Readonly<Record<string, string>> = {},
): PlainAnswer {
  return jsonAnswer(status, JSON.stringify({ message }), headers);
}

/** Laravel's validation error, under HTTP 400 as AliKassa sends it. */
export function invalidAnswer(errors: FieldErrors, status = 400): PlainAnswer {
  return jsonAnswer(status, JSON.stringify({ message: "The given data was invalid.", errors }));
}

/**
 * Sends an answer. Node refuses a status below 200 or treats it as an interim response, so such an answer is written to the socket.
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
  // 204 and 304 have no body, and no Content-Length (RFC 9110, section 8.6).
  const bodiless = status === 204 || status === 304;
  response.writeHead(status, bodiless ? headers : { ...headers, "Content-Length": bytes.length });
  response.end(bodiless ? undefined : bytes);
}
