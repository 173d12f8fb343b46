/** An AliKassa that answers at once, and checks nothing. It runs in a thread of its own, which posts its port. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { parentPort } from "node:worker_threads";
import { payoutJson } from "../../dist/sandbox/index.js";

const server = createServer(async (request, response) => {
  const answer = payoutJson({ order_id: JSON.parse(await text(request)).order_id });
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(answer) });
  response.end(answer);
});
server.listen(0, "127.0.0.1", () => parentPort?.postMessage(server.address().port));
