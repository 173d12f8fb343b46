/** Requests to the local Workers, over connections that stay open: less of what is measured is the client. */
import { Agent, request } from "node:http";

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/**
 * Asks, and reads the whole answer.
 *
 * @param {URL} url
 * @param {{ method?: string, headers?: Record<string, string>, body?: string }} [question]
 * @returns {Promise<{ status: number, text: string, ms: number }>}
 */
export function ask(url, { method = "POST", headers = {}, body = "" } = {}) {
  return new Promise((resolve, reject) => {
    const begin = performance.now();
    const sent = request(url, { agent, method, headers: { ...headers, "Content-Length": Buffer.byteLength(body) } });
    sent.once("error", reject);
    sent.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => {
        text += part;
      });
      response.once("error", reject);
      response.once("end", () => resolve({ status: response.statusCode, text, ms: performance.now() - begin }));
    });
    sent.end(body);
  });
}

/** So that the process can end. */
export function closeConnections() {
  agent.destroy();
}
