/** A merchant's endpoint for notifications, and how a merchant would verify them. */
import assert from "node:assert/strict";
import { verify } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after } from "node:test";

/** A notification as it came in. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** What was sent, from query, form or JSON. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly time: number;
}

export interface Endpoint {
  readonly url: string;
  readonly received: Received[];
  /** Statuses to answer with, one after the other, and 200 after the last; `null` does not answer. */
  answers: (number | null)[];
}

/** Starts one for the file in which this is called. */
export async function startEndpoint(): Promise<Endpoint> {
  const endpoint = { url: "", received: [] as Received[], answers: [] as (number | null)[] };
  const server = createServer(async (request, response) => {
    const { method = "", url: path = "", headers } = request;
    endpoint.received.push({ method, path, headers, parameters: await parametersOf(request), time: performance.now() });
    const [status = 200] = endpoint.answers.splice(0, 1);
    if (status !== null) response.writeHead(status, { "Content-Type": "text/plain" }).end(`said ${status}`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  endpoint.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/alikassa`;
  return endpoint;
}

async function parametersOf(request: IncomingMessage): Promise<Record<string, string>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  const type = request.headers["content-type"];
  if (type === "application/json") return JSON.parse(body) as Record<string, string>;
  const query = new URL(request.url ?? "", "http://endpoint").searchParams;
  if (type !== undefined) assert.equal(type, "application/x-www-form-urlencoded");
  return Object.fromEntries(type === undefined ? query : new URLSearchParams(body));
}

/** Whether this is a signature over this text. */
export function verifies(text: string, sign: unknown, publicPem: string, digest: "sha1" | "sha256" = "sha1"): boolean {
  return verify(digest, Buffer.from(text), publicPem, Buffer.from(String(sign), "base64"));
}
