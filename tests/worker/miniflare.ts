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
  /** A class of Durable Objects: of the Worker itself, unless another one is named. */
  | { readonly type: "durable-object"; readonly worker?: string; readonly exportName: string }
  | {
      readonly type: "rate-limit";
      readonly namespace: string;
      readonly simple: { readonly limit: number; readonly period: 10 | 60 };
    }
  /** The methods of a class of another Worker: of its default entrypoint, unless another one is named. */
  | { readonly type: "worker"; readonly worker: string; readonly exportName?: string };

export interface WorkerOptions {
  readonly config: {
    readonly name: string;
    readonly compatibilityDate: string;
    readonly manifest: { readonly mainModule: string; readonly modules: Readonly<Record<string, Module>> };
    readonly env: Readonly<Record<string, Binding>>;
    readonly exports: Readonly<Record<string, { readonly type: "durable-object"; readonly storage: "sqlite" }>>;
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
  /** The folder where Durable Objects are stored; without one, they go with the process. */
  readonly resourcePersistencePath?: string;
  /** Opens workerd's inspector; 0 takes a free port. */
  readonly inspectorPort?: number;
}

export interface Miniflare {
  unsafeGetDirectURL(worker: string): Promise<URL>;
  getInspectorURL(): Promise<URL>;
  dispose(): Promise<void>;
}

interface Exports {
  readonly Miniflare: new (options: Options) => Miniflare;
  readonly Log: new (level: number) => { log(message: string): void };
  readonly LogLevel: { readonly VERBOSE: number };
}

export const { Miniflare, Log, LogLevel }: Exports = createRequire(import.meta.url)("miniflare");
