import type { z } from "zod";
import type { problem } from "../../../src/contract/problem.ts";

type Problem = z.output<typeof problem>;

/** A refusal of the hub, in its own words. */
export class HubError extends Error {
  override readonly name = "HubError";
  readonly status: number;
  /** Names the kind of the refusal. */
  readonly type: string;

  constructor({ status, title, detail, type }: Problem) {
    super(detail ?? title);
    this.status = status;
    this.type = type;
  }
}

/** Nobody answered: the hub is stopped, or the network is gone. */
export class HubAway extends Error {
  override readonly name = "HubAway";
}
