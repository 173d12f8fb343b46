/** The HTTP client for the API of a deployed Worker. */
import { CommandError, WorkerError } from "./command-error.js";
import { baseUrlProblem, variable } from "./credentials.js";
import { type Fields, objectOf } from "./results.js";

const URL_VARIABLE = "ALIKASSA_EDGE_URL";
const TOKEN_VARIABLE = "ALIKASSA_EDGE_TOKEN";
const TIMEOUT_MS = 30_000;

/** The options of a connection. A command line is visible to others, so the token is not among them. */
export interface WorkerOptions {
  readonly url?: string;
  readonly account?: string;
}

/** Parameters or fields of a request. Those that are undefined are left out. */
type Parameters = Readonly<Record<string, string | number | undefined>>;

/** Whether an object is what the Worker answers to this request. Another server may answer anything. */
type Check = (answer: Fields) => boolean;

/** A deployed Worker, with a token for it. */
export class Worker {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  /**
   * Reads URL and token from the options and the environment.
   *
   * @throws CommandError if one of them is missing or invalid.
   */
  constructor({ url = variable(URL_VARIABLE), account }: WorkerOptions) {
    this.#url = checkedUrl(url);
    const headers = { Authorization: `Bearer ${checkedToken(variable(TOKEN_VARIABLE))}` };
    this.#headers = account === undefined ? headers : { ...headers, Account: checkedAccount(account) };
  }

  /**
   * Sends a `GET` once, and returns the object in the answer.
   *
   * @param path Below the Worker's URL, like `v1/events`.
   * @throws CommandError for usage and configuration.
   * @throws WorkerError if there was no such answer: nothing is known then.
   */
  get(path: string, query: Parameters, isAnswer: Check, signal?: AbortSignal): Promise<Fields> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return this.#send(`${path}?${text}`, { headers: this.#headers }, isAnswer, signal);
  }

  /** Like {@link get}, for a `POST` with JSON. */
  post(path: string, body: Parameters, isAnswer: Check): Promise<Fields> {
    const headers = { ...this.#headers, "Content-Type": "application/json" };
    return this.#send(path, { method: "POST", headers, body: JSON.stringify(body) }, isAnswer);
  }

  async #send(path: string, init: RequestInit, isAnswer: Check, signal?: AbortSignal): Promise<Fields> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signals = signal === undefined ? [timeout] : [timeout, signal];
    // The token is for this host only.
    const options: RequestInit = { ...init, redirect: "manual", signal: AbortSignal.any(signals) };
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#url}/${path}`, options);
      text = await response.text();
    } catch (error) {
      const { code, message } = ((error as Error).cause ?? error) as NodeJS.ErrnoException;
      const problem = timeout.aborted
        ? `did not answer within ${TIMEOUT_MS / 1000} s`
        : `can't be reached (${code ?? message}): check the network and --url`;
      throw new WorkerError(`${this.#url} ${problem}`, { cause: error, retryable: true });
    }
    const answer = parsedObject(text);
    if (!response.ok) throw problemError(response.status, answer);
    if (answer !== undefined && isAnswer(answer)) return answer;
    throw new WorkerError(`${this.#url} answered HTTP ${response.status}, but not as the Worker does: check --url`);
  }
}

/** Amounts and everything else of AliKassa are strings in the Worker's JSON; its numbers are counts, which JavaScript holds exactly. */
function parsedObject(text: string): Fields | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The error for a problem (RFC 9457), or for another answer without success. */
function problemError(status: number, problem: Fields | undefined): CommandError | WorkerError {
  const { code, detail } = problem ?? {};
  if (typeof code !== "string" || typeof detail !== "string") {
    const message = `the Worker answered HTTP ${status} without a reason: check --url`;
    return new WorkerError(message, { retryable: status === 429 || status >= 500 });
  }
  const message = `the Worker answered HTTP ${status} (${code})`;
  const isUsage = status === 400 || status === 401 || status === 403 || code === "not_configured";
  if (isUsage) return new CommandError(message, detail);
  return new WorkerError(`${message}: ${detail}`, { retryable: problem?.["retryable"] === true });
}

function checkedUrl(url: string | undefined): string {
  if (url === undefined) {
    const remedy = `give --url with the address of your Worker, or set ${URL_VARIABLE}`;
    throw new CommandError("there is no URL of a Worker", remedy);
  }
  // The rules for AliKassa's address are those for the Worker's.
  if (baseUrlProblem(url) === undefined) return url.replace(/\/+$/, "");
  throw new CommandError(
    `--url or ${URL_VARIABLE} is not the address of a Worker`,
    "it must be like https://alikassa-edge.example.workers.dev, with http for loopback addresses only, without a password and a query",
  );
}

function checkedToken(token: string | undefined): string {
  const remedy = `set ${TOKEN_VARIABLE} to one of the Worker's API_TOKENS`;
  if (token === undefined) throw new CommandError("there is no token for the Worker", remedy);
  if (isHeaderText(token)) return token;
  throw new CommandError(`${TOKEN_VARIABLE} contains a character that a token can't have`, remedy);
}

function checkedAccount(account: string): string {
  if (isHeaderText(account)) return account;
  throw new CommandError(`--account ${account} is not a UUID`, "copy the account's UUID from AliKassa's cabinet");
}

/** What `fetch` would refuse in a header it would also repeat in its message. */
function isHeaderText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
