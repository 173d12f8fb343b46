/** Ctrl-C and SIGTERM. */

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Calls `stop` at the first signal. The second one calls `leave` and then ends the process by that signal. */
export function onInterrupt(stop: () => void, leave: () => void = () => undefined): Disposable {
  const listener = (signal: NodeJS.Signals): void => {
    if (stopped) {
      stopListening();
      leave();
      process.kill(process.pid, signal);
      return;
    }
    stopped = true;
    stop();
  };
  const stopListening = (): void => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
  let stopped = false;
  for (const signal of SIGNALS) process.on(signal, listener);
  return { [Symbol.dispose]: stopListening };
}
