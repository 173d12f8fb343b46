/** A mock of a deployed Worker, and the command against it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type Ended, run, start } from "./command.ts";

export const TOKEN = "0a1b2c3d4e5f-token-of-the-merchant";

/** An answer: an object is sent as JSON. `hang` never answers, `cut` breaks the connection. */
export type Answer = "hang" | "cut" | { readonly status?: number; readonly location?: string; readonly body: unknown };

/** A request that the mock received. */
export interface Received {
  /** Method and path with query. */
  readonly line: string;
  readonly authorization: string | undefined;
  readonly account: string | string[] | undefined;
  readonly body: unknown;
  readonly time: number;
}

/** A running mock. */
export interface WorkerApi extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly Received[];
  /** Resolves when it has received so many requests. */
  readonly received: (count: number) => Promise<void>;
}

/** Starts a mock with these answers, one after the other. The last one is repeated. */
export async function startWorkerApi(...answers: readonly Answer[]): Promise<WorkerApi> {
  const requests: Received[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const sent = await text(request);
    const answer = answers[requests.length] ?? answers.at(-1) ?? assert.fail();
    const { authorization, account } = headers;
    const body = sent === "" ? undefined : JSON.parse(sent);
    requests.push({ line: `${method} ${url}`, authorization, account, body, time: performance.now() });
    server.emit("received");
    if (answer === "cut") request.socket.destroy();
    if (typeof answer === "string") return;
    const { status = 200, location } = answer;
    response.writeHead(status, location === undefined ? {} : { Location: location });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    received: async (count) => {
      while (requests.length < count) await once(server, "received");
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The environment for a mock. */
export function workerEnvironment({ url }: Pick<WorkerApi, "url">): Record<string, string> {
  return { ALIKASSA_EDGE_URL: url, ALIKASSA_EDGE_TOKEN: TOKEN };
}

/** Runs the command against a mock, and checks that the token is in none of its output. */
export async function ask(api: Pick<WorkerApi, "url">, ...args: string[]): Promise<Ended> {
  const ended = await run(args, { env: workerEnvironment(api) });
  assertNoToken(ended);
  return ended;
}

/** Runs the command against a mock until it has received so many requests, and then presses Ctrl-C. */
export async function watchUntil(api: WorkerApi, count: number, ...args: string[]): Promise<Ended> {
  const { child, ended } = start(["events", "--watch", ...args], { env: workerEnvironment(api) });
  // The command may also end before that.
  await Promise.race([api.received(count), ended]);
  child.kill("SIGINT");
  const end = await ended;
  assertNoToken(end);
  return end;
}

function assertNoToken({ stdout, stderr }: Ended): void {
  assert.ok(!(stdout + stderr).includes(TOKEN));
}
