/**
 * Ends when the signal does, and for reasons of its own. Not `AbortSignal.any`: of one that depends on such a one, nothing may be left
 * that fires after garbage was collected.
 */
export function linkStop(signal: AbortSignal): Disposable & {
  readonly signal: AbortSignal;
  readonly end: (reason: Error) => void;
} {
  const stop = new AbortController();
  const pass = () => stop.abort(signal.reason);
  if (signal.aborted) pass();
  else signal.addEventListener("abort", pass, { once: true });
  return {
    signal: stop.signal,
    end: (reason) => stop.abort(reason),
    [Symbol.dispose]: () => signal.removeEventListener("abort", pass),
  };
}
