/**
 * The sandbox: a local AliKassa with AliKassa's checks, answers and notifications, and with faults on demand.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageAnswer, sendAnswer } from "./answers.js";
import { type KeyArchive, makeArchive } from "./archive.js";
import type { Digest, Merchant } from "./checks.js";
import {
  Deliveries,
  type NotificationAnswer,
  type NotificationDelivery,
  type NotificationEndpoint,
  type RecordedNotification,
} from "./deliveries.js";
import { type PayoutNames, PayoutStore, type TimedPayout } from "./payout-store.js";
import { SANDBOX_PAYOUTS, type SandboxPayout } from "./payouts.js";
import { Planner } from "./planner.js";
import { keepRecord, type RecordedRequest } from "./records.js";
import { followSchedule, type NotificationSchedule, type Schedule } from "./schedule.js";
import type { Step } from "./steps.js";

/**
 * The options of {@link startSandbox}. All have defaults.
 *
 * @example
 * ```ts
 * const options: SandboxOptions = { digest: "sha256", schedule: { oneIn: 10 } };
 * ```
 */
export interface SandboxOptions {
  /** The UUID of the account, or of several. Notifications are about the first one. Default: a fixed UUID. */
  readonly account?: string | readonly string[];
  /**
   * The merchant's `public.pem`, if the private key must stay elsewhere. Default: a new key archive of 2048 bits, whose private
   * key is in {@link Sandbox}.
   */
  readonly publicPem?: string;
  /** The hash of the merchant's signatures. Default: `sha1`, as AliKassa's. */
  readonly digest?: Digest;
  /** The port. Default: a free one. */
  readonly port?: number;
  /** The address to listen on. Default: 127.0.0.1. */
  readonly host?: string;
  /** Milliseconds between two bytes of the fault `drip`. Default: 100. */
  readonly dripIntervalMs?: number;
  /** Faults of status requests by a schedule. Default: none. */
  readonly schedule?: Schedule;
  /** Faults of the notifications to the endpoint by a schedule. Default: none. */
  readonly notificationSchedule?: NotificationSchedule;
  /** How many requests and how many notifications are recorded: the newest ones. 0 records none. Default: all. */
  readonly maxRecords?: number;
  /** AliKassa's key archive for notifications. Default: a new one. */
  readonly notificationArchive?: KeyArchive;
  /** The endpoint that is notified of each payout that becomes final. Default: none. */
  readonly notify?: NotificationEndpoint;
  /** Called for each request when its answer is known. */
  readonly onRequest?: (request: RecordedRequest) => void;
  /** Called for each notification after its attempt. */
  readonly onNotification?: (notification: RecordedNotification) => void;
}

/**
 * A running sandbox. `baseUrl`, `account`, `privateKey` and `password` are the options of `new AliKassa({ … })` for it.
 *
 * @example
 * ```ts
 * const client = ({ baseUrl, account, privateKey, password }: Sandbox): AliKassa =>
 *   new AliKassa({ baseUrl, account, privateKey, password });
 * ```
 */
export interface Sandbox extends AsyncDisposable {
  /** The address, without a slash at the end. */
  readonly baseUrl: string;
  /** The UUID of the first account. */
  readonly account: string;
  /** The text of the merchant's `private.pem`; empty if `publicPem` was given. */
  readonly privateKey: string;
  /** The text of the merchant's `password.txt`; empty if `publicPem` was given. */
  readonly password: string;
  /** The text of the merchant's `public.pem`. */
  readonly publicKey: string;
  /** The text of AliKassa's `public.pem` for notifications. */
  readonly notificationKey: string;
  /** The payouts that it starts with. */
  readonly payouts: readonly SandboxPayout[];
  /** All requests, in their order. */
  readonly requests: readonly RecordedRequest[];
  /** All notifications, in the order of their answers. */
  readonly notifications: readonly RecordedNotification[];
  /**
   * Plans the next answers for an `id` or `order_id`: one step for each request, after the last one the payout. Replaces an
   * earlier script. Adds the payout if it does not exist.
   */
  script(key: string, steps: readonly Step[]): void;
  /**
   * Adds a payout as JSON text, or several texts that it has one after the other; the last one stays. A text stays for one
   * request, or, if the next one is a {@link TimedPayout}, until its time has come. When the payout becomes final, also if the
   * text replaces an earlier payout that was not final, the endpoint is notified. A replaced payout does not change any more.
   *
   * @example
   * ```ts
   * const wait = payoutJson({ id: "42", order_id: "my-1", statusJson: '"wait"' });
   * const paid = payoutJson({ id: "42", order_id: "my-1" });
   * sandbox.addPayout([wait, { json: paid, afterMs: 500 }]);
   * ```
   */
  addPayout(json: string | readonly (string | TimedPayout)[], names?: PayoutNames): void;
  /** Sends a notification of a payout once, by its `id` or `order_id`. Rejects without an answer. */
  notify(payout: string, delivery: NotificationDelivery): Promise<NotificationAnswer>;
  /** The signed URL that {@link notify} would request. */
  notificationUrl(payout: string, delivery: Omit<NotificationDelivery, "as" | "timeoutMs">): URL;
  /** Changes the endpoint for payouts that become final; `undefined` for none. */
  setEndpoint(endpoint: NotificationEndpoint | undefined): void;
  /** Resolves when no notification is in progress, also late ones. Payouts that end later are not waited for. */
  notificationsSettled(): Promise<void>;
  /** Removes requests, notifications and scripts. Payouts and the schedule stay. */
  reset(): void;
  /** Stops, and closes every connection. May be called twice. */
  close(): Promise<void>;
}

const DEFAULT_ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";
const MAX_BODY = 64 * 1024;

/**
 * Starts a sandbox.
 *
 * @example
 * ```ts
 * import { AliKassa } from "alikassa-edge";
 * import { startSandbox } from "alikassa-edge/sandbox";
 *
 * await using sandbox = await startSandbox();
 * const { baseUrl, account, privateKey, password } = sandbox;
 * const alikassa = new AliKassa({ baseUrl, account, privateKey, password });
 * sandbox.script("6422494", [{ status: 503 }, "cut", "payout"]);
 * const payout = await alikassa.payoutStatus({ order_id: "6422494" });
 * console.log(payout.payment_status, sandbox.requests.length); // paid 3
 * ```
 * @throws TypeError if `publicPem` is not an RSA key; RangeError for an invalid schedule or `maxRecords`; Error with the code
 * `EADDRINUSE` if the port is taken.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const {
    account: given = DEFAULT_ACCOUNT,
    host = "127.0.0.1",
    port = 0,
    digest = "sha1",
    dripIntervalMs = 100,
    maxRecords = Number.POSITIVE_INFINITY,
  } = options;
  if (!(maxRecords >= 0)) throw new RangeError("maxRecords must be a number from 0");
  const archive =
    options.publicPem === undefined ? makeArchive() : { publicPem: options.publicPem, privatePem: "", password: "" };
  const publicKey = createPublicKey(archive.publicPem);
  if (publicKey.asymmetricKeyType !== "rsa") throw new TypeError("publicPem is not an RSA key");
  const accounts = new Set(typeof given === "string" ? [given] : given);
  const [account = ""] = accounts;
  const merchant: Merchant = { accounts, publicKey, digest };
  const store = new PayoutStore((final) => deliveries.announce(final));
  const nextFault = options.schedule === undefined ? () => undefined : followSchedule(options.schedule);
  const planner = new Planner({ merchant, store, nextFault, dripIntervalMs });
  const notificationKey = new NotificationKey(options.notificationArchive);
  const deliveries = new Deliveries({
    key: () => notificationKey.privateKey,
    account,
    schedule: options.notificationSchedule,
    maxRecords,
    onNotification: (notification) => options.onNotification?.(notification),
  });
  deliveries.setEndpoint(options.notify);
  const requests: RecordedRequest[] = [];

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A client may leave while its request is read; any other error must be seen.
      if (!response.headersSent && response.writable)
        sendAnswer(response, messageAnswer(500, `Sandbox: ${String(error)}`));
    });
  });
  // Node closes idle connections after 5 s, at which moment a request may be on its way.
  server.keepAliveTimeout = 60_000;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const body = await readBody(request);
    const { method = "", url: path = "", headers } = request;
    const { play, final, ...decided } = planner.decide(method, path, headers, body);
    const notify = final === undefined ? undefined : deliveries.prepare(final);
    const record: RecordedRequest = {
      method,
      path,
      headers: { ...headers },
      body: body ?? Buffer.alloc(0),
      time: new Date(),
      ...decided,
    };
    // Before the answer, so that a request that hangs is recorded, too.
    keepRecord(requests, record, maxRecords);
    options.onRequest?.(record);
    await play(response, gone.signal);
    notify?.();
  }

  function find(payout: string): string {
    const json = store.find({ id: payout }) ?? store.find({ order_id: payout });
    if (json === undefined) throw new RangeError(`the sandbox has no payout "${payout}": add it by addPayout`);
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
  const close = (): Promise<void> => {
    store.close();
    closed ??= Promise.all([
      deliveries.close(),
      new Promise<void>((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      }),
    ]).then(() => undefined);
    return closed;
  };

  return {
    baseUrl: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    account,
    privateKey: archive.privatePem,
    password: archive.password,
    publicKey: archive.publicPem,
    get notificationKey() {
      return notificationKey.archive.publicPem;
    },
    payouts: SANDBOX_PAYOUTS,
    requests,
    notifications: deliveries.sent,
    script: (key, steps) => planner.script(key, steps),
    addPayout(json, names) {
      const final = store.add(json, names);
      if (final !== undefined) deliveries.prepare(final)();
    },
    notify: async (payout, delivery) => deliveries.send(find(payout), delivery),
    notificationUrl: (payout, delivery) => deliveries.request(find(payout), { ...delivery, as: "query" }).url,
    setEndpoint: (endpoint) => deliveries.setEndpoint(endpoint),
    notificationsSettled: () => deliveries.settled(),
    reset() {
      requests.length = 0;
      deliveries.sent.length = 0;
      planner.reset();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The key pair for notifications, made when it is first needed. */
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

/** The raw body; `null` if it is too large. It is read to its end even then, so that the connection is not reset. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY) chunks.push(chunk);
  }
  return length <= MAX_BODY ? Buffer.concat(chunks) : null;
}
