import type { Builder, IsolationLevel } from "../builder/builder.ts";

const levels = new WeakMap<object, Promise<IsolationLevel>>();

/** What it reaches on this machine, which takes a while to find out and does not change. */
export async function findLevel(builder: Pick<Builder, "probe">): Promise<IsolationLevel> {
  const level = levels.get(builder) ?? builder.probe().then((found) => found.level);
  levels.set(builder, level);
  return await level;
}
