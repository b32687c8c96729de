import { join } from "node:path";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Authoriser, Principal } from "../access/index.ts";
import {
  BaseFolders,
  type BuildAccess,
  type Builds,
  createBuildAgentsPart,
  createBuilds,
  GitRepositories,
  openBuilder,
  prepareBases,
} from "../builds/index.ts";
import { isRepositoryName } from "../oci/name.ts";
import type { Authority } from "../organizations/index.ts";
import type { BlobStore } from "../platform/blobs/index.ts";
import type { Config } from "../platform/config/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { Sealing } from "../platform/keys/index.ts";
import { createOutboundClient } from "../platform/outbound/index.ts";
import type { PullGate, Registry } from "../registry/index.ts";
import {
  findRepositoryById,
  findWholeRepository,
  type RepositoryId,
} from "../repositories/index.ts";
import { addBillsDueOf } from "../scanning/index.ts";
import { createAttestations } from "./attest-builds.ts";
import { openOwnImages } from "./build-bases.ts";
import { createHubImages } from "./build-images.ts";
import type { Identity } from "./compose-identity.ts";
import { composeOfficial } from "./compose-official.ts";
import type { HubTables } from "./stores.ts";

interface BuildParts {
  readonly data: string;
  readonly url: string | undefined;
  readonly database: Database<HubTables>;
  readonly identity: Pick<Identity, "access" | "authority" | "findPerson" | "onChange">;
  readonly sealing: Sealing;
  readonly clientAddressOf: PublicAddress["clientAddressOf"];
  readonly registry: Pick<Registry, "publisher" | "images" | "manifests" | "attacher">;
  readonly gate: PullGate;
  readonly blobs: Pick<BlobStore, "read">;
  readonly outboundAllow: readonly string[];
  /** Whether what comes is scanned. */
  readonly scans: { readonly follows: boolean };
  readonly clock: () => Date;
  readonly log: Logger;
}

/** Where there are accounts: a build is published on the right of who pushed. */
export async function composeBuilds(
  settings: Config["builds"] | undefined,
  parts: BuildParts,
): Promise<Builds | undefined> {
  const { authority, access, findPerson } = parts.identity;
  if (authority === undefined || settings === undefined) return undefined;
  const { data, url, registry } = parts;
  const plainRegistry = url?.startsWith("http://") ? new URL(url).host : undefined;
  const { builder, ...limits } = settings;
  const bases = {
    folders: new BaseFolders(join(data, "builds", "bases")),
    ownHosts: new Set(url === undefined ? [] : [new URL(url).host]),
    openOwn: (repository: string, by: Principal) =>
      openOwnImages({ ...parts, ...registry, ...access }, repository, by),
    registries: settings.registries,
    client: createOutboundClient({ allow: "all" }),
  };
  const { journal } = access;
  const agents = createBuildAgentsPart({
    ...{ ...parts, journal, leaseMs: limits.agentLease, areUsed: builder === "agents" },
  });
  // Where builds are off it still removes what is left of them.
  const name = builder === "off" ? "buildah-trusted" : builder;
  const place = { data, plainRegistry, address: limits.address, tls: limits.tls };
  const chosen = name === "agents" ? agents.builder : openBuilder(name, place);
  const shared = {
    ...parts,
    ...registry,
    bases: bases.folders,
    isOn: builder !== "off",
    builder: chosen,
    limits: {
      ...{ wallMs: limits.timeout, idleMs: limits.idleTimeout, logBytes: limits.logBytes },
      ...{ memoryBytes: limits.memory, cpus: limits.cpus, processes: limits.processes },
      diskBytes: limits.disk,
    },
    journal,
    findRepository: (id: RepositoryId) => findRepositoryById(parts.database.reader, id),
    access: toBuildAccess(authority, access.authoriser),
  };
  const { pushBytes, git: gitServers } = limits;
  const builds = await createBuilds({
    ...{ ...shared, pushBytes, gitServers, findPerson },
    hooks: { image: limits.hookImage, host: url === undefined ? "localhost" : new URL(url).host },
    prepareBases: (wish) => prepareBases(bases, { ...wish, limitBytes: settings.disk }),
    attest: createAttestations({ ...parts, ...registry, journal }),
    onImages: async (trx, images) => {
      if (settings.sboms && parts.scans.follows)
        await addBillsDueOf(trx as unknown as Kysely<HubTables>, images);
    },
    hubUrl: url?.replace(/\/$/, "") ?? "https://localhost",
    queueLimits: limits,
    images: createHubImages(new Set(url === undefined ? [] : [new URL(url).host])),
    ...{ baseDelayMs: limits.baseDelay, rebuilds: limits.baseRebuilds },
    async findPublic(name) {
      const found = isRepositoryName(name)
        ? await findWholeRepository(parts.database.reader, name)
        : undefined;
      return found?.isPublic === true ? found : undefined;
    },
  });
  const git = new GitRepositories({ data, pushBytes });
  const official = await composeOfficial({
    ...{ ...shared, git, onChange: parts.identity.onChange },
    outboundAllow: parts.outboundAllow,
  });
  return {
    routes: [...builds.routes, ...agents.routes, ...official.routes],
    jobs: [...builds.jobs, ...official.jobs],
    async [Symbol.asyncDispose]() {
      await official[Symbol.asyncDispose]();
      await builds[Symbol.asyncDispose]();
    },
  };
}

function toBuildAccess(
  authority: Pick<Authority, "getRepository">,
  authoriser: Authoriser,
): BuildAccess {
  return {
    getRepository: (caller, name, action) => authority.getRepository(caller, name, action),
    decidePush: (principal, { name }) =>
      authoriser.decide({ principal, right: "push", repository: name }),
  };
}
