import { lazy, Suspense, useSyncExternalStore } from "react";

const Shown = lazy(async () => ({
  default: (await import("./shown-announcements.tsx")).ShownAnnouncements,
}));

let texts: readonly string[] = [];
const listeners = new Set<() => void>();

/** Says in a corner what was done where nothing else shows it; it goes by itself. */
export function announce(text: string): void {
  texts = [...texts, text];
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Their place in the pages. What shows them is loaded with the first. */
export function Announcements() {
  const all = useSyncExternalStore(subscribe, () => texts);
  return all.length === 0 ? null : (
    <Suspense fallback={null}>
      <Shown texts={all} />
    </Suspense>
  );
}
