/** The part of the Chrome DevTools Protocol that measures an isolate's heap, over workerd's inspector. */
import assert from "node:assert/strict";

/** Collecting a small heap takes milliseconds, and longer on a busy machine. */
const COLLECTION_TIMEOUT_MS = 15_000;

const ROUNDS = 4;

/** V8's `Runtime.getHeapUsage`. */
type Usage = Record<"usedSize" | "embedderHeapUsedSize" | "backingStorageSize", number>;

interface Heap {
  readonly heap: number;
  readonly embedder: number;
  readonly buffers: number;
}

interface Reply {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export class Inspector {
  readonly #socket: WebSocket;
  readonly #calls = new Map<number, (reply: Reply) => void>();
  #last = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const reply = JSON.parse(String(data)) as Reply;
      if (reply.id !== undefined) this.#calls.get(reply.id)?.(reply);
    });
  }

  /** Connects to one of workerd's isolates. */
  static async open(url: URL, isolate: string): Promise<Inspector> {
    const socket = new WebSocket(new URL(`/${isolate}`, url));
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error(`there is no inspector of ${isolate}`)));
    });
    return new Inspector(socket);
  }

  /**
   * The heap after garbage collection: the least of some rounds, since a round collects what finalizers of the round before released. The
   * isolate collects only while it handles requests, which `occupy` sends.
   */
  async heapAfterCollection(occupy: () => Promise<unknown>): Promise<Heap> {
    // The inspector's console keeps log messages.
    await this.#call("Runtime.discardConsoleEntries");
    let least: Heap = {
      heap: Number.POSITIVE_INFINITY,
      embedder: Number.POSITIVE_INFINITY,
      buffers: Number.POSITIVE_INFINITY,
    };
    for (let round = 0; round < ROUNDS; round++) {
      await this.#collect(occupy);
      const { usedSize, embedderHeapUsedSize, backingStorageSize } = await this.#call<Usage>("Runtime.getHeapUsage");
      least = {
        heap: Math.min(least.heap, usedSize),
        embedder: Math.min(least.embedder, embedderHeapUsedSize),
        buffers: Math.min(least.buffers, backingStorageSize),
      };
    }
    return least;
  }

  async #collect(occupy: () => Promise<unknown>): Promise<void> {
    let collected = false;
    const collecting = this.#call("HeapProfiler.collectGarbage").then(() => {
      collected = true;
    });
    const begin = performance.now();
    while (!collected) {
      assert.ok(performance.now() - begin < COLLECTION_TIMEOUT_MS, "workerd does not collect its garbage");
      await occupy();
    }
    await collecting;
  }

  close(): void {
    this.#socket.close();
  }

  async #call<T>(method: string): Promise<T> {
    this.#last += 1;
    const id = this.#last;
    const reply = await new Promise<Reply>((resolve) => {
      this.#calls.set(id, resolve);
      this.#socket.send(JSON.stringify({ id, method }));
    });
    this.#calls.delete(id);
    assert.equal(reply.error, undefined, `${method}: ${reply.error?.message}`);
    return reply.result as T;
  }
}
