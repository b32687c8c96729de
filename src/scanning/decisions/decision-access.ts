import type { Caller } from "../../access/index.ts";
import type { Namespace } from "../../namespaces/index.ts";
import type { Repository } from "../../repositories/index.ts";

/** `manage`: decide, and take decisions back. */
export type DecisionWish = "read" | "manage";

/** Who may do what with decisions; in modes without accounts there are no namespaces. Each throws NOT_FOUND, DENIED or UNAUTHORIZED. */
export interface DecisionAccess {
  assertHub(caller: Caller, wish: DecisionWish): Promise<void>;
  getNamespace(
    caller: Caller,
    name: string,
    wish: DecisionWish,
  ): Promise<Pick<Namespace, "id" | "name">>;
  getRepository(caller: Caller, name: string, wish: DecisionWish): Promise<Repository>;
}

/** A level at which decisions are made, as the caller named it. */
export type Level =
  | { readonly kind: "hub"; readonly id: 0; readonly name: "hub" }
  | { readonly kind: "namespace"; readonly id: number; readonly name: string }
  | {
      readonly kind: "repository";
      readonly id: number;
      readonly name: string;
      readonly repository: Repository;
    };

export async function openLevel(
  access: DecisionAccess,
  caller: Caller,
  asked: { readonly kind: Level["kind"]; readonly name: string; readonly wish: DecisionWish },
): Promise<Level> {
  const { kind, name, wish } = asked;
  switch (kind) {
    case "hub":
      await access.assertHub(caller, wish);
      return { kind, id: 0, name: "hub" };
    case "namespace": {
      const found = await access.getNamespace(caller, name, wish);
      return { kind, id: found.id, name: found.name };
    }
    case "repository": {
      const repository = await access.getRepository(caller, name, wish);
      return { kind, id: repository.id, name: repository.name, repository };
    }
  }
}
