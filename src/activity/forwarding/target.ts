import type { Entry } from "../entry.ts";

/** A collector of the audit trail, as the configuration names it. */
export type ForwardTarget = {
  /** What its position is kept under. */
  readonly name: string;
  /** Where it begins when nothing was sent to it so far. */
  readonly start: "beginning" | "now";
} & (
  | {
      readonly kind: "syslog";
      readonly transport: "udp" | "tcp" | "tls";
      readonly host: string;
      readonly port: number;
      /** PEM: whom to trust in place of the public authorities. */
      readonly ca: string | undefined;
    }
  | {
      readonly kind: "http";
      readonly url: string;
      readonly headers: Readonly<Record<string, readonly string[]>>;
      readonly secret: string | undefined;
      readonly batch: number;
    }
);

/** Sends entries in their order, and returns once the collector has them; throws otherwise. */
export type Send = (entries: readonly Entry[]) => Promise<void>;
