import type { Socket } from "node:net";
import type { Logger } from "pino";
import type { Principal } from "../../access/index.ts";
import type { Digest } from "../../oci/digest.ts";
import type { RouteMatch } from "../../oci/route.ts";
import type { FileSender, LocalBlob } from "../../platform/blobs/index.ts";
import type { LaneAnswer } from "../../platform/http/index.ts";
import type { RequestObserver } from "../../platform/observability/index.ts";
import type { BlobRights } from "../blobs/blob-rights.ts";
import type { BlobSender } from "../blobs/blob-sender.ts";
import type { TrafficWatch } from "../traffic/traffic-watch.ts";
import { headersOfBlob } from "./blob-routes.ts";

export interface BlobLaneDeps {
  readonly rights: Pick<BlobRights, "findKnownSize" | "findSize">;
  readonly sender: Pick<BlobSender, "openKept" | "warm">;
  readonly files: Pick<FileSender, "sendOn">;
  readonly headOf: (headers: Readonly<Record<string, string | number>>) => string;
  readonly observe: RequestObserver;
  readonly traffic: TrafficWatch;
  readonly log: Logger;
}

type BlobRoute = Extract<RouteMatch, { id: "blob" }>;

/** Answers for blobs that are open and known to match their digest. */
export function createBlobLane(deps: BlobLaneDeps) {
  return ({ name, digest }: BlobRoute) => {
    let head: { readonly size: number; readonly text: string } | undefined;
    return (principal: Principal) => answerKept(principal) ?? answerOpened(principal);

    function answerKept(principal: Principal): LaneAnswer | undefined {
      const size = deps.rights.findKnownSize(name, digest);
      const copy = size === undefined ? undefined : deps.sender.openKept(digest, size);
      if (size === undefined || copy === undefined) return undefined;
      if (head?.size !== size) head = { size, text: headOf(digest, size) };
      return {
        head: head.text,
        body: async (socket, text) => {
          await send({ digest, copy, socket, head: text });
          deps.traffic.note({ kind: "layer sent", repository: name, principal, bytes: size });
        },
      };
    }

    async function answerOpened(principal: Principal): Promise<LaneAnswer | undefined> {
      const size = await deps.rights.findSize(name, digest);
      if (size === undefined) return undefined;
      await deps.sender.warm(digest);
      return answerKept(principal);
    }
  };

  function headOf(digest: Digest, size: number): string {
    return deps.headOf({ ...headersOfBlob(digest), "Content-Length": size });
  }

  async function send(job: BlobAnswer): Promise<void> {
    await using copy = job.copy;
    const startedAt = performance.now();
    try {
      const range = { file: copy.handle, start: 0, end: copy.size };
      await deps.files.sendOn(job.socket, job.head, range);
    } catch (err) {
      deps.log.error({ err, digest: job.digest }, "blob could not be sent");
      throw err;
    }
    deps.observe({ route: "blob", method: "GET", status: 200, startedAt });
  }
}

interface BlobAnswer {
  readonly digest: Digest;
  readonly copy: LocalBlob;
  readonly socket: Socket;
  readonly head: string;
}
