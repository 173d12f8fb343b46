/** Elements of the page. */

/**
 * Makes an element. A child that is no node becomes text, whatever is in it: nothing is ever read as markup.
 *
 * @param {string} name
 * @param {Readonly<Record<string, string | undefined>>} [attributes] One that is `undefined` is left out.
 * @param {...(Node | string | readonly (Node | string)[])} children
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children.flat());
  return made;
}

/**
 * Text that came from outside: apart from the text around it, whichever way it is written.
 *
 * @param {string} text
 */
export function foreign(text) {
  return element("bdi", {}, text);
}

/**
 * Names and values, one below the other.
 *
 * @param {readonly (readonly [name: string, value: Node | string])[]} pairs
 */
export function list(pairs) {
  return element(
    "dl",
    {},
    pairs.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}
