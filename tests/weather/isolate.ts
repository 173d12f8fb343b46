/** The built Worker in one isolate whose memory can be measured. */
import assert from "node:assert/strict";
import { Edge } from "../worker/edge.ts";
import { type Bindings, builtModules, HeardLog, keepSecrets, secrets, TOKEN, worker } from "../worker/harness.ts";
import { Lines } from "../worker/lines.ts";
import { LogLevel, Miniflare } from "../worker/miniflare.ts";
import { Inspector } from "./inspector.ts";

const NAME = "edge";
const MEMORY = "/memory-of-the-module";

/** Before the Worker: keeps hold of the memory of the WebAssembly module that it makes. */
const WATCH = `export let memory;
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...given) {
    super(...given);
    memory = this.exports.memory;
  }
};`;
/** Around the Worker: says how large that memory is. */
const MAIN = `import { memory } from "./watch.js";
import Worker from "./index.js";
export default class extends Worker {
  fetch(request) {
    const { pathname } = new URL(request.url);
    return pathname === "${MEMORY}" ? new Response(String(memory.buffer.byteLength)) : super.fetch(request);
  }
};`;

/** What an isolate holds when everything that can be given back has been, in bytes. */
export interface Memory {
  /** Objects of JavaScript. */
  readonly heap: number;
  /** Objects of workerd that JavaScript holds: requests, responses, streams. */
  readonly embedder: number;
  /** Array buffers. */
  readonly buffers: number;
  /** The memory of the WebAssembly module, which only grows. */
  readonly module: number;
}

export interface Isolate {
  readonly edge: Edge;
  /** What the Worker has logged. */
  readonly lines: Lines;
  readonly measure: () => Promise<Memory>;
  readonly stop: () => Promise<void>;
}

/** Starts it. */
export async function startIsolate(bindings: Bindings): Promise<Isolate> {
  keepSecrets(bindings);
  const modules = {
    "main.js": { type: "esm", contents: MAIN },
    "watch.js": { type: "esm", contents: WATCH },
    ...builtModules(),
  } as const;
  const lines = new Lines();
  const miniflare = new Miniflare({
    verbose: true,
    log: new HeardLog(LogLevel.VERBOSE),
    handleStructuredLogs: ({ level, message }) => {
      secrets.hear("the log", `${level} ${message}`);
      if (level === "log") lines.add(message);
    },
    workers: [worker(NAME, modules, bindings)],
    inspectorPort: 0,
  });
  const edge = new Edge(NAME, await miniflare.unsafeGetDirectURL(NAME), TOKEN, secrets);
  const inspector = await Inspector.open(await miniflare.getInspectorURL(), `core:user:${NAME}`);
  const ask = async (path: string) => (await fetch(new URL(path, edge.url))).text();
  return {
    edge,
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
      secrets.assertKept();
    },
  };
}
