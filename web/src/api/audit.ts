import type { z } from "zod";
import type { auditEntry } from "../../../src/contract/audit.ts";
import { pagesOf } from "./pages.ts";

export type AuditEntry = z.output<typeof auditEntry>;

export interface AuditFilter {
  readonly action?: string;
  readonly actor?: string;
  readonly about?: string;
  /** Days, as people choose them. */
  readonly since?: string;
  readonly until?: string;
}

/** Newest first; of the whole hub without an account. */
export function auditQuery(account: string | undefined, filter: AuditFilter) {
  const { action, actor, about: name, since, until } = filter;
  return pagesOf<AuditEntry>(["audit"], "/api/v1/audit", {
    ...{ account, action, actor, name, cursor: "before", limit: 50 },
    from: startOf(since),
    to: startOf(until, 1),
  });
}

/** When a day begins where the reader is; some days later. */
function startOf(day: string | undefined, later = 0): string | undefined {
  if (day === undefined) return undefined;
  const date = new Date(`${day}T00:00:00`);
  if (Number.isNaN(date.getTime())) return undefined;
  date.setDate(date.getDate() + later);
  return date.toISOString();
}
