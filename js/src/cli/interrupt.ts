/** Ctrl-C, and the signal by which others ask a program to end. */

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Calls `stop` at the first signal. The second one ends the process at once, as if nobody had listened, but for `leave`,
 * which is called before that.
 */
export function onInterrupt(stop: () => void, leave: () => void = () => undefined): Disposable {
  const heard = (signal: NodeJS.Signals): void => {
    if (stopped) {
      unlisten();
      leave();
      process.kill(process.pid, signal);
      return;
    }
    stopped = true;
    stop();
  };
  const unlisten = (): void => {
    for (const signal of SIGNALS) process.off(signal, heard);
  };
  let stopped = false;
  for (const signal of SIGNALS) process.on(signal, heard);
  return { [Symbol.dispose]: unlisten };
}
