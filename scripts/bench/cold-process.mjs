/** What a fresh process does, once: `node cold-process.mjs GLUE WASM`, with the key on standard input. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { body, open } from "./contenders.mjs";

const [, , gluePath = "", wasmPath = ""] = process.argv;
const key = JSON.parse(readFileSync(0, "utf8"));
const bytes = readFileSync(wasmPath);
const glue = await import(pathToFileURL(gluePath).href);
const message = body("first");
// Node loads both when they are first touched, which takes milliseconds that are not ours.
void globalThis.fetch;
crypto.getRandomValues(new Uint8Array(8));
// Nor is the garbage that Node leaves behind when it starts: collected now, it is not collected in between.
for (let i = 0; i < 64; i++) new Array(8_192).fill(i);

const times = [performance.now()];
glue.initSync({ module: new WebAssembly.Module(bytes) });
times.push(performance.now());
const opened = open(glue, key);
times.push(performance.now());
opened.sign(message);
times.push(performance.now());

const [instantiate, opening, sign] = times.slice(1).map((time, index) => time - times[index]);
process.stdout.write(JSON.stringify({ instantiate, open: opening, sign }));
