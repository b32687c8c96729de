/** For a text that shows more to whoever comes to it, by keyboard, too. */
export const REACHABLE = { tabIndex: 0 } as const;
