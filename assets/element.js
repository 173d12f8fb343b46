/** Makes elements of the page. */

/**
 * Makes an element. A child that is not a node becomes text and is never parsed as markup.
 *
 * @param {string} name
 * @param {Readonly<Record<string, string | undefined>>} [attributes] An attribute that is `undefined` is left out.
 * @param {...(Node | string | readonly (Node | string)[])} children
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children.flat());
  return made;
}

/**
 * Makes text from outside. Its writing direction does not affect the text around it.
 *
 * @param {string} text
 * @param {string} [lang] The language of the text, if it is known.
 */
export function foreign(text, lang) {
  return element("bdi", { lang }, text);
}

/**
 * Makes a list of names and values.
 *
 * @param {readonly (readonly [name: string, value: Node | string | readonly (Node | string)[]])[]} pairs
 */
export function list(pairs) {
  return element(
    "dl",
    {},
    pairs.map(([name, value]) => element("div", {}, element("dt", {}, name), element("dd", {}, value))),
  );
}
