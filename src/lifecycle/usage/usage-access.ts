import type { Caller } from "../../access/index.ts";
import type { Namespace } from "../../namespaces/index.ts";
import type { Repository } from "../../repositories/index.ts";

/** Who sees what is stored where. Each throws unless the caller may. */
export interface UsageAccess {
  assertSeesHub(caller: Caller): Promise<void>;
  getNamespace(caller: Caller, name: string): Promise<Namespace>;
  getRepository(caller: Caller, name: string): Promise<Repository>;
}
