/**
 * The part of Miniflare that is used here, with its types in our own words: those that it ships need packages that are not
 * installed with it.
 */
import { createRequire } from "node:module";

export interface Module {
  readonly type: "esm" | "wasm";
  readonly contents: string | Uint8Array;
}

/** A secret or variable, or a resource of the platform. */
export type Binding =
  | { readonly type: "text" | "json"; readonly value: unknown }
  | { readonly type: "kv"; readonly id: string }
  | {
      readonly type: "rate-limit";
      readonly namespace: string;
      readonly simple: { readonly limit: number; readonly period: 10 | 60 };
    }
  /** A queue to put messages into, and how the Worker gets them out again, if it does. */
  | { readonly type: "queue"; readonly name: string; readonly consumer?: QueueConsumer }
  /** The methods of a class of another Worker. */
  | { readonly type: "worker"; readonly worker: string; readonly exportName: string };

/** How messages come out of a queue: times in seconds. */
export interface QueueConsumer {
  readonly maxBatchSize?: number;
  readonly maxBatchTimeout?: number;
  readonly maxRetries?: number;
  readonly deadLetterQueue?: string;
}

/** A queue, as far as a test puts something into it. */
export interface QueueProducer {
  send(body: unknown, options?: { readonly contentType: "json" | "text" }): Promise<unknown>;
}

/** A KV namespace, as far as a test looks into it. */
export interface KvNamespace {
  list(): Promise<{ readonly keys: readonly { readonly name: string; readonly expiration?: number }[] }>;
  get(name: string): Promise<string | null>;
  put(name: string, value: string): Promise<void>;
}

export interface WorkerOptions {
  readonly config: {
    readonly name: string;
    readonly compatibilityDate: string;
    readonly manifest: { readonly mainModule: string; readonly modules: Readonly<Record<string, Module>> };
    readonly env: Readonly<Record<string, Binding>>;
    readonly triggers: readonly (QueueConsumer & { readonly type: "queue"; readonly name: string })[];
    readonly assets?: { readonly directory: string; readonly hasUserWorker: boolean };
  };
  /** A port of its own for this Worker, without Miniflare's own Worker before it. */
  readonly dev: { readonly unsafeDirectSockets: readonly { readonly host: string; readonly port: number }[] };
}

export interface Options {
  readonly verbose: boolean;
  readonly log: unknown;
  /** What workerd and the Workers write to stdout and stderr. */
  readonly handleStructuredLogs: (log: { readonly level: string; readonly message: string }) => void;
  readonly workers: readonly WorkerOptions[];
  /** Opens workerd's inspector; 0 takes a free port. */
  readonly inspectorPort?: number;
}

export interface Miniflare {
  unsafeGetDirectURL(worker: string): Promise<URL>;
  getInspectorURL(): Promise<URL>;
  getKVNamespace(binding: string, worker: string): Promise<KvNamespace>;
  getQueueProducer(binding: string, worker: string): Promise<QueueProducer>;
  dispose(): Promise<void>;
}

interface Exports {
  readonly Miniflare: new (options: Options) => Miniflare;
  readonly Log: new (level: number) => { log(message: string): void };
  readonly LogLevel: { readonly VERBOSE: number };
}

export const { Miniflare, Log, LogLevel }: Exports = createRequire(import.meta.url)("miniflare");
