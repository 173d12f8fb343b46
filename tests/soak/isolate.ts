/** The built Worker in one isolate whose memory can be measured. */
import assert from "node:assert/strict";
import { WorkerClient } from "../worker/client.ts";
import { type Bindings, builtModules, RecordedLog, secrets, TOKEN, watchSecrets, worker } from "../worker/harness.ts";
import { LogLines } from "../worker/log-lines.ts";
import { LogLevel, Miniflare } from "../worker/miniflare.ts";
import { Inspector } from "./inspector.ts";

const NAME = "client";
const MEMORY = "/memory-of-the-module";

/** Imported before the Worker: keeps a reference to the memory of its module. */
const WATCH = `export let memory;
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...given) {
    super(...given);
    memory = this.exports.memory;
  }
};`;
/** Wraps the Worker, and answers with the size of that memory. */
const MAIN = `import { memory } from "./watch.js";
import Worker from "./index.js";
export { Ledger } from "./index.js";
export default class extends Worker {
  fetch(request) {
    const { pathname } = new URL(request.url);
    return pathname === "${MEMORY}" ? new Response(String(memory.buffer.byteLength)) : super.fetch(request);
  }
};`;

/** The memory of an isolate after garbage collection, in bytes. */
export interface Memory {
  /** Objects of JavaScript. */
  readonly heap: number;
  /** workerd's objects: requests, responses, streams. */
  readonly embedder: number;
  /** Array buffers. */
  readonly buffers: number;
  /** The memory of the WebAssembly module, which only grows. */
  readonly module: number;
}

export interface Isolate {
  readonly client: WorkerClient;
  readonly lines: LogLines;
  readonly measure: () => Promise<Memory>;
  readonly stop: () => Promise<void>;
}

/** Starts it. */
export async function startIsolate(bindings: Bindings): Promise<Isolate> {
  watchSecrets(bindings);
  const modules = {
    "main.js": { type: "esm", contents: MAIN },
    "watch.js": { type: "esm", contents: WATCH },
    ...builtModules(),
  } as const;
  const lines = new LogLines();
  const miniflare = new Miniflare({
    verbose: true,
    log: new RecordedLog(LogLevel.VERBOSE),
    handleStructuredLogs: ({ level, message }) => {
      secrets.record("the log", `${level} ${message}`);
      if (level === "log") lines.add(message);
    },
    workers: [worker(NAME, modules, bindings)],
    inspectorPort: 0,
  });
  const client = new WorkerClient(NAME, await miniflare.unsafeGetDirectURL(NAME), TOKEN, secrets);
  const inspector = await Inspector.open(await miniflare.getInspectorURL(), `core:user:${NAME}`);
  const ask = async (path: string) => (await fetch(new URL(path, client.url))).text();
  return {
    client,
    lines,
    measure: async () => {
      const used = await inspector.heapAfterCollection(() => ask("/healthz"));
      const module = Number(await ask(MEMORY));
      assert.ok(module > 0, "the module has no memory");
      return { ...used, module };
    },
    stop: async () => {
      inspector.close();
      await miniflare.dispose();
      secrets.assertNoLeaks();
    },
  };
}
