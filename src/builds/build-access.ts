import type { Caller, Decision, Principal } from "../access/index.ts";
import type { Repository } from "../repositories/index.ts";

/** Who may do what with builds: whoever reads sees, whoever writes starts, whoever administers sets the rules. */
export interface BuildAccess {
  /** Throws NOT_FOUND, UNAUTHORIZED or DENIED. */
  getRepository(
    caller: Caller,
    name: string,
    action: "pull" | "push" | "admin",
  ): Promise<Repository>;
  /** Whether somebody may push there now. */
  decidePush(principal: Principal, repository: Repository): Decision | Promise<Decision>;
}
