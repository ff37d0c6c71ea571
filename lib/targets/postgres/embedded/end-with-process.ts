const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How many of us listen: a process may use several servers. */
let ours = 0;

/**
 * Runs `action` (synchronous) when this process ends by itself or by a signal. Returns how to call that off. A signal
 * that nobody else listens to still ends the process, with the signal as its reason.
 */
export function endWithProcess(action: () => void): () => void {
  const onExit = () => action();
  const onSignal = (signal: NodeJS.Signals) => {
    // Somebody else decides what the signal means; if that is the end, 'exit' comes.
    if (process.listenerCount(signal) > ours) return;
    forget();
    action();
    process.kill(process.pid, signal);
  };
  let listens = true;
  const forget = () => {
    if (listens) ours -= 1;
    listens = false;
    process.off('exit', onExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  ours += 1;
  process.on('exit', onExit);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return forget;
}
