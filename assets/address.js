/** The part of the page's address after `#`: `#ru`, `#payouts`, `#ru&order_id=6422494`. The Worker does not get it. */

/** @typedef {{ view: "lookup" | "payouts", name?: "id" | "order_id", value?: string }} Place */

/**
 * Reads the view and the payout in the address. `words` are all names in it, and may have a language.
 *
 * @returns {Place & { words: string[] }}
 */
export function readAddress() {
  const parameters = new URLSearchParams(location.hash.slice(1));
  const words = [...parameters.keys()];
  if (words.includes("payouts")) return { view: "payouts", words };
  const name = ["id", "order_id"].find((known) => parameters.has(known));
  return name === undefined ? { view: "lookup", words } : { view: "lookup", name, value: parameters.get(name), words };
}

/**
 * Writes such an address. A language that is `undefined` is left out.
 *
 * @param {string | undefined} language
 * @param {Place} place
 */
export function addressOf(language, { view, name, value }) {
  const there = name === undefined ? view : `${name}=${encodeURIComponent(value)}`;
  return `#${[language, there].filter((word) => word !== undefined).join("&")}`;
}
