/**
 * How long a connection waits for its next request. Longer than the 60 seconds for which proxies keep theirs: they must
 * be the ones to close them, or a request is under way when they learn that the connection is gone.
 */
export const KEEP_ALIVE_MS = 75_000;
