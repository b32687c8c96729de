import type { Caller } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { RetentionScope } from "../../contract/retention.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Scope } from "./policies/policies-store.ts";

/** `manage`: set policies, try them out, run and undo them. */
export type RetentionWish = "read" | "manage";

/** Who may do what with retention; in modes without accounts there are no namespaces. Each throws NOT_FOUND, DENIED or UNAUTHORIZED. */
export interface RetentionAccess {
  assertSomebody(caller: Caller): Promise<void>;
  assertHub(caller: Caller, wish: RetentionWish): Promise<void>;
  getNamespace(caller: Caller, name: string, wish: RetentionWish): Promise<{ readonly id: number }>;
  getRepository(
    caller: Caller,
    name: string,
    wish: RetentionWish,
  ): Promise<{ readonly id: number }>;
}

/** The place that the caller names, if they may. */
export async function openScope(
  access: RetentionAccess,
  caller: Caller,
  { scope, wish }: { readonly scope: RetentionScope; readonly wish: RetentionWish },
): Promise<Scope> {
  const { kind, name = "", pattern = "" } = scope;
  switch (kind) {
    case "hub":
      await access.assertHub(caller, wish);
      return { kind, id: 0, pattern };
    case "namespace":
      return { kind, id: (await access.getNamespace(caller, name, wish)).id, pattern };
    case "repository": {
      const { id } = await access.getRepository(caller, name, wish);
      if (pattern === "") return { kind, id, pattern };
      const detail = "a repository has no pattern: it is one";
      throw new ProblemError(PROBLEMS.PATTERN_INVALID, { detail });
    }
  }
}
