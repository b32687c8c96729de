import type { Principal } from "../../access/index.ts";
import type { RepositoryName } from "../../oci/name.ts";

/** Bytes that went over to a client, or came from one and are stored. Manifests that are pulled are told to PullWatch. */
export interface Transfer {
  readonly kind: "layer sent" | "layer stored" | "manifest stored";
  readonly repository: RepositoryName;
  readonly principal: Principal;
  readonly bytes: number;
}

/** Is told of each of them, once it is done. Called for each request, so it must return at once. */
export interface TrafficWatch {
  note(transfer: Transfer): void;
}
