/**
 * The sandbox: a local AliKassa that checks what AliKassa checks, answers as it answers, tells merchants as it tells them,
 * and fails on demand.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageAnswer, sendAnswer } from "./answers.js";
import { type KeyArchive, makeArchive } from "./archive.js";
import { PayoutBook, type PayoutNames } from "./book.js";
import type { Digest, Merchant } from "./checks.js";
import {
  Deliveries,
  type NotificationAnswer,
  type NotificationDelivery,
  type NotificationEndpoint,
  type RecordedNotification,
} from "./deliveries.js";
import { Planner } from "./planner.js";
import type { RecordedRequest } from "./records.js";
import { followSchedule, type Schedule } from "./schedule.js";
import type { Step } from "./steps.js";

/** What {@link startSandbox} needs to know. */
export interface SandboxOptions {
  /** The account uuid, or several. Notifications are about the first one. */
  readonly account: string | readonly string[];
  /** Text of the merchant's `public.pem`, with which signatures are verified. */
  readonly publicPem: string;
  /** Digest of the signatures; `sha1` by default, as AliKassa's. */
  readonly digest?: Digest;
  /** Port; 0, the default, takes a free one. */
  readonly port?: number;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** Milliseconds between two bytes of the fault `drip`; 100 by default. */
  readonly dripIntervalMs?: number;
  /** How often it misbehaves by itself; never by default. */
  readonly schedule?: Schedule;
  /** AliKassa's own key pair for notifications; by default one is made when it is first needed. */
  readonly notificationKey?: KeyArchive;
  /** Who is told of each payout that becomes final; nobody by default. */
  readonly notify?: NotificationEndpoint;
  /** Called for each request, once it is known what it will be answered with. */
  readonly onRequest?: (request: RecordedRequest) => void;
  /** Called for each notification that was sent, once it is known what it was answered with. */
  readonly onNotification?: (notification: RecordedNotification) => void;
}

/** A running sandbox. */
export interface Sandbox {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  /** All requests, in the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  /** All notifications that were sent, in the order in which they were answered. */
  readonly notifications: readonly RecordedNotification[];
  /** The «API certificate for notifications», all of which is `public.pem`: what the merchant verifies them with. */
  readonly notificationCertificate: Pick<KeyArchive, "publicPem">;
  /**
   * Plans the next answers for one `id` or `order_id`: each request for it takes one step; after the last one, the payout
   * itself. It replaces what was left of an earlier script. A payout that is not known yet is added.
   */
  script(key: string, steps: readonly Step[]): void;
  /**
   * Adds a payout as raw JSON text, or several texts that it takes on one after the other; see `PayoutBook.add`. If one of
   * these names was there and becomes final by this, the endpoint is told.
   */
  addPayout(json: string | readonly string[], names?: PayoutNames): void;
  /** Sends a notification of a payout, by its `id` or `order_id`, once. Rejects if no answer comes. */
  notify(payout: string, delivery: NotificationDelivery): Promise<NotificationAnswer>;
  /** The signed URL that {@link notify} would ask for. */
  notificationUrl(payout: string, delivery: Omit<NotificationDelivery, "as" | "timeoutMs">): URL;
  /** Changes who is told of each payout that becomes final from now on; `undefined` for nobody. */
  setEndpoint(endpoint: NotificationEndpoint | undefined): void;
  /** Resolves when every payout that has become final has been told, or was given up. */
  notificationsEnded(): Promise<void>;
  /** Forgets requests, notifications and scripts; payouts and the schedule stay. */
  reset(): void;
  /** Stops, and closes every connection, hanging ones too. May be called twice. */
  close(): Promise<void>;
}

const MAX_BODY = 64 * 1024;

/**
 * Starts a sandbox.
 *
 * @example
 * ```ts
 * const { publicPem } = makeArchive();
 * const sandbox = await startSandbox({ account: "93d5df06-996c-48c3-9847-348d6b580b80", publicPem });
 * sandbox.script("6422494", [{ status: 503 }, "cut", { status: 429, headers: { "Retry-After": "1" } }, "payout"]);
 * // … ask sandbox.url …
 * assert.deepEqual(sandbox.requests.map((request) => request.answer.status), [503, null, 429, 200]);
 * const { status } = await sandbox.notify("6422494", { to: "http://127.0.0.1:8787/webhooks/alikassa" });
 * await sandbox.close();
 * ```
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0, digest = "sha1", dripIntervalMs = 100 } = options;
  const publicKey = createPublicKey(options.publicPem);
  if (publicKey.asymmetricKeyType !== "rsa") throw new TypeError("publicPem is not an RSA key");
  const accounts = new Set(typeof options.account === "string" ? [options.account] : options.account);
  const [account = ""] = accounts;
  const merchant: Merchant = { accounts, publicKey, digest };
  const book = new PayoutBook();
  const weather = options.schedule === undefined ? () => undefined : followSchedule(options.schedule);
  const planner = new Planner({ merchant, book, weather, dripIntervalMs });
  const notificationKey = new NotificationKey(options.notificationKey);
  const deliveries = new Deliveries({
    key: () => notificationKey.privateKey,
    account,
    onNotification: (notification) => options.onNotification?.(notification),
  });
  deliveries.setEndpoint(options.notify);
  const requests: RecordedRequest[] = [];

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A client that left while its request was read is no error of the sandbox; anything else must be seen.
      if (!response.headersSent && response.writable)
        sendAnswer(response, messageAnswer(500, `Sandbox: ${String(error)}`));
    });
  });
  // Node closes idle connections after 5 s, which can cross a request on its way: tests would fail now and then.
  server.keepAliveTimeout = 60_000;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const body = await readBody(request);
    const { method = "", url: path = "", headers } = request;
    const { play, final, ...decided } = planner.decide(method, path, headers, body);
    const announce = final === undefined ? undefined : deliveries.announcement(final);
    const record: RecordedRequest = {
      method,
      path,
      headers: { ...headers },
      body: body ?? Buffer.alloc(0),
      time: new Date(),
      ...decided,
    };
    // Before it is played, so that a request that hangs is seen too.
    requests.push(record);
    options.onRequest?.(record);
    await play(response, gone.signal);
    announce?.();
  }

  function find(payout: string): string {
    const json = book.find({ id: payout }) ?? book.find({ orderId: payout });
    if (json === undefined) throw new RangeError(`The sandbox knows no payout "${payout}"`);
    return json;
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;

  return {
    url: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    requests,
    notifications: deliveries.sent,
    get notificationCertificate() {
      return { publicPem: notificationKey.archive.publicPem };
    },
    script: (key, steps) => planner.script(key, steps),
    addPayout(json, names) {
      const final = book.add(json, names);
      if (final !== undefined) deliveries.announcement(final)();
    },
    notify: async (payout, delivery) => deliveries.send(find(payout), delivery),
    notificationUrl: (payout, delivery) => deliveries.request(find(payout), { ...delivery, as: "query" }).url,
    setEndpoint: (endpoint) => deliveries.setEndpoint(endpoint),
    notificationsEnded: () => deliveries.ended(),
    reset() {
      requests.length = 0;
      deliveries.sent.length = 0;
      planner.reset();
    },
    close() {
      closed ??= Promise.all([
        deliveries.close(),
        new Promise<void>((resolve, reject) => {
          server.close((error) => (error === undefined ? resolve() : reject(error)));
          server.closeAllConnections();
        }),
      ]).then(() => undefined);
      return closed;
    },
  };
}

/** The key pair for notifications. Making one takes a while, and most sandboxes never need it. */
class NotificationKey {
  #archive: KeyArchive | undefined;
  #privateKey: KeyObject | undefined;

  constructor(archive: KeyArchive | undefined) {
    this.#archive = archive;
  }

  get archive(): KeyArchive {
    this.#archive ??= makeArchive();
    return this.#archive;
  }

  get privateKey(): KeyObject {
    const { privatePem: key, password: passphrase } = this.archive;
    this.#privateKey ??= createPrivateKey({ key, passphrase });
    return this.#privateKey;
  }
}

/** The raw body, or `null` if it is too large; read to its end even then, so that the answer is not lost in a reset. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY) chunks.push(chunk);
  }
  return length <= MAX_BODY ? Buffer.concat(chunks) : null;
}
