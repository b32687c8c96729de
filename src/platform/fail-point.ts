/**
 * Fail points: named places where a test can kill, fail or slow the program, to prove what a crash there leaves behind.
 * They are armed once, at start, by the composition root; unarmed they cost one comparison.
 */
type FailAction =
  | { readonly kind: "kill" }
  | { readonly kind: "throw" }
  | { readonly kind: "enospc" }
  | { readonly kind: "delay"; readonly milliseconds: number };

interface ArmedPoint {
  readonly action: FailAction;
  /** The action happens on this hit and, except for `kill`, on every later one. */
  readonly fromHit: number;
  hits: number;
}

const armed = new Map<string, ArmedPoint>();

/** Stops, fails or delays the caller here if a test armed `name`. */
export function failPoint(name: string): Promise<void> | undefined {
  if (armed.size === 0) return undefined;
  const point = armed.get(name);
  if (point === undefined) return undefined;
  point.hits += 1;
  return point.hits < point.fromHit ? undefined : act(name, point.action);
}

/**
 * Arms fail points from a specification such as `blob.after-rename:kill@3,upload.append:delay=50`.
 * Actions: `kill` (SIGKILL to this process), `throw`, `enospc`, `delay=<milliseconds>`; `@n` waits for the n-th hit.
 */
export function armFailPoints(specification: string | undefined): void {
  armed.clear();
  for (const entry of (specification ?? "").split(",").filter((text) => text !== "")) {
    const [name = "", rest = ""] = entry.split(":");
    const [action = "", hit = "1"] = rest.split("@");
    armed.set(name, { action: parseAction(action), fromHit: Number(hit), hits: 0 });
  }
}

function parseAction(text: string): FailAction {
  const [kind, value] = text.split("=");
  switch (kind) {
    case "kill":
    case "throw":
    case "enospc":
      return { kind };
    case "delay":
      return { kind, milliseconds: Number(value) };
    default:
      throw new Error(`unknown fail point action "${text}": use kill, throw, enospc or delay=<ms>`);
  }
}

async function act(name: string, action: FailAction): Promise<void> {
  switch (action.kind) {
    case "kill":
      process.kill(process.pid, "SIGKILL");
      return new Promise(() => {});
    case "throw":
      throw new Error(`fail point ${name}`);
    case "enospc":
      throw Object.assign(new Error(`ENOSPC: fail point ${name}`), { code: "ENOSPC" });
    case "delay":
      return new Promise((resolve) => setTimeout(resolve, action.milliseconds));
  }
}
