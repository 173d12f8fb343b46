/** What a fresh process does, once: `node cold-process.mjs GLUE WASM`, with the key on standard input. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , gluePath = "", wasmPath = ""] = process.argv;
const { privatePem, password } = JSON.parse(readFileSync(0, "utf8"));
const bytes = readFileSync(wasmPath);
const { Client, initSync } = await import(pathToFileURL(gluePath).href);
const encoder = new TextEncoder();
const body = encoder.encode('{"order_id":"first"}');
// Node loads both when they are first touched, which takes milliseconds and is no business of ours.
const { fetch } = globalThis;
crypto.getRandomValues(new Uint8Array(8));
// Nor is what Node leaves behind when it starts: swept now, it is not swept in between.
for (let i = 0; i < 64; i++) new Array(8_192).fill(i);

const times = [performance.now()];
initSync({ module: new WebAssembly.Module(bytes) });
times.push(performance.now());
const client = new Client(fetch, "93d5df06-996c-48c3-9847-348d6b580b80", encoder.encode(privatePem), password);
times.push(performance.now());
client.sign(body);
times.push(performance.now());

const [instantiate, open, sign] = times.slice(1).map((time, index) => time - times[index]);
process.stdout.write(JSON.stringify({ instantiate, open, sign }));
