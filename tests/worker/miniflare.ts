/**
 * The part of Miniflare that is used here, with its types in our own words: those that it ships need packages that are not
 * installed with it.
 */
import { createRequire } from "node:module";

export interface Module {
  readonly type: "esm" | "wasm";
  readonly contents: string | Uint8Array;
}

export interface WorkerOptions {
  readonly config: {
    readonly name: string;
    readonly compatibilityDate: string;
    readonly manifest: { readonly mainModule: string; readonly modules: Readonly<Record<string, Module>> };
    readonly env: Readonly<Record<string, { readonly type: "text" | "json"; readonly value: unknown }>>;
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
  dispose(): Promise<void>;
}

interface Exports {
  readonly Miniflare: new (options: Options) => Miniflare;
  readonly Log: new (level: number) => { log(message: string): void };
  readonly LogLevel: { readonly VERBOSE: number };
}

export const { Miniflare, Log, LogLevel }: Exports = createRequire(import.meta.url)("miniflare");
