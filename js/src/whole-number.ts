/**
 * Options that are whole numbers.
 *
 * @internal
 */
import { InvalidRequestError } from "./errors.js";

/**
 * The value of an option, or what it is where it is left out.
 *
 * @throws {@link InvalidRequestError} for anything else than a whole number within the bounds.
 * @internal
 */
export function wholeNumber(name: string, value: number | undefined, usual: number, max: number): number {
  if (value === undefined) return usual;
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new InvalidRequestError(`${name} must be a whole number from 1 to ${max}`);
  return value;
}
