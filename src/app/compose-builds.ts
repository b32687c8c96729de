import { join } from "node:path";
import type { Kysely } from "kysely";
import type { Logger } from "pino";
import type { Authoriser, Principal } from "../access/index.ts";
import {
  BaseFolders,
  type BuildAccess,
  type Builds,
  createBuildAgentsPart,
  createBuildCachesPart,
  createBuilds,
  GitRepositories,
  mayUseBase,
  openBuilder,
  prepareBases,
  readBaseDigest,
} from "../builds/index.ts";
import { isRepositoryName } from "../oci/name.ts";
import type { Authority } from "../organizations/index.ts";
import type { BlobStore } from "../platform/blobs/index.ts";
import type { Config } from "../platform/config/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { PublicAddress } from "../platform/http/index.ts";
import type { Sealing } from "../platform/keys/index.ts";
import type { MailQueue } from "../platform/mail/index.ts";
import { createOutboundClient } from "../platform/outbound/index.ts";
import type { PullGate, Registry } from "../registry/index.ts";
import {
  findRepositoryById,
  findWholeRepository,
  type Repository,
  type RepositoryId,
} from "../repositories/index.ts";
import { addBillsDueOf, type Scanning } from "../scanning/index.ts";
import { createAttestations } from "./attest-builds.ts";
import { openOwnImages } from "./build-bases.ts";
import { createHubImages } from "./build-images.ts";
import type { Identity } from "./compose-identity.ts";
import { composeOfficial } from "./compose-official.ts";
import type { Telling } from "./compose-telling.ts";
import { createFindingsLetters } from "./findings-letters.ts";
import { createLibraryFindings } from "./library-findings.ts";
import type { HubTables } from "./stores.ts";

interface BuildParts {
  readonly data: string;
  readonly url: string | undefined;
  readonly database: Database<HubTables>;
  readonly identity: Pick<
    Identity,
    "access" | "authority" | "findPerson" | "issuePull" | "mails" | "onChange"
  >;
  readonly sealing: Sealing;
  readonly clientAddressOf: PublicAddress["clientAddressOf"];
  readonly registry: Pick<Registry, "publisher" | "images" | "manifests" | "attacher" | "removal">;
  readonly gate: PullGate;
  readonly blobs: Pick<BlobStore, "read">;
  readonly outboundAllow: readonly string[];
  /** Whether what comes is scanned. */
  readonly scans: { readonly follows: boolean };
  readonly scanning: Pick<Scanning, "listFindingsInForce">;
  readonly telling: Pick<Telling, "interest">;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** Whoever builds by these may do more than read what everybody may read. */
const TRUSTING: ReadonlySet<string> = new Set(["buildah-trusted", "docker", "buildkit"]);

/** Where there are accounts: a build is published on the right of who pushed. */
export async function composeBuilds(
  settings: Config["builds"] | undefined,
  parts: BuildParts,
): Promise<Builds | undefined> {
  const { authority, access, findPerson, mails } = parts.identity;
  if (authority === undefined || mails === undefined || settings === undefined) return undefined;
  const { data, url, registry } = parts;
  const { builder, ...limits } = settings;
  const bases = openBases(settings, parts);
  const { journal } = access;
  const repositories = {
    findRepository: (id: RepositoryId) => findRepositoryById(parts.database.reader, id),
    access: toBuildAccess(authority, access.authoriser),
  };
  const { chosen, agents, caches } = openBuilders(settings, { ...parts, ...repositories, journal });
  const shared = {
    ...parts,
    ...registry,
    bases: bases.folders,
    isOn: builder !== "off",
    builder: chosen,
    limits: toLimits(settings),
    ...{ journal, ...repositories },
  };
  const { pushBytes, repositoryBytes, keepLogs, git: gitServers } = limits;
  const attachesBills = settings.sboms && parts.scans.follows;
  const said = {
    attest: createAttestations({ ...parts, ...registry, journal }),
    onImages: async <Tables>(
      trx: Kysely<Tables>,
      images: Parameters<typeof addBillsDueOf>[1],
    ): Promise<void> => {
      if (attachesBills) await addBillsDueOf(trx as unknown as Kysely<HubTables>, images);
    },
    hubUrl: url?.replace(/\/$/, "") ?? "https://localhost",
    ...{ baseDelayMs: limits.baseDelay, rebuilds: limits.baseRebuilds },
  };
  const builds = await createBuilds({
    ...said,
    ...{ ...shared, pushBytes, repositoryBytes, keepLogs, gitServers, findPerson },
    hooks: { image: limits.hookImage, host: url === undefined ? "localhost" : new URL(url).host },
    prepareBases: (wish) => prepareBases(bases, { ...wish, limitBytes: settings.disk }),
    queueLimits: limits,
    images: createHubImages(bases.ownHosts),
    ...{ basePollMs: limits.basePoll, mayLookAt: (reference) => mayUseBase(bases, reference) },
    readDigest: (reference, signal) => readBaseDigest(bases, reference, signal),
    async findPublic(name) {
      const found = isRepositoryName(name)
        ? await findWholeRepository(parts.database.reader, name)
        : undefined;
      return found?.isPublic === true ? found : undefined;
    },
  });
  const git = new GitRepositories({ data, pushBytes, repositoryBytes, treeBytes: limits.disk });
  const official = await composeOfficial({
    ...{ ...shared, git, onChange: parts.identity.onChange, packBytes: pushBytes },
    prepareBases: (wish) => prepareBases(ofLibrary(bases), wish),
    outboundAllow: parts.outboundAllow,
    ...said,
    attachesBills,
    ...watchOfFindings(settings, { ...parts, mails }),
    libraryImages: createHubImages(ofLibrary(bases).ownHosts),
  });
  return {
    routes: [...builds.routes, ...agents.routes, ...official.routes, caches.routes],
    jobs: [...builds.jobs, ...official.jobs, ...caches.jobs],
    async [Symbol.asyncDispose]() {
      await official[Symbol.asyncDispose]();
      await builds[Symbol.asyncDispose]();
      await caches.close();
    },
  };
}

/** What is found in official images, and who hears of it. */
function watchOfFindings(
  { officialSeverity, officialMails: isOn }: Config["builds"],
  parts: BuildParts & { readonly mails: MailQueue },
) {
  return {
    findings: createLibraryFindings(parts),
    attentionFrom: officialSeverity,
    writeToMaintainers: createFindingsLetters({ ...parts, isOn }),
    wantsFindings: () => parts.telling.interest.wants("vulnerability"),
  };
}

function toLimits(settings: Config["builds"]) {
  const { timeout, idleTimeout, logBytes, memory, cpus, processes, disk } = settings;
  return {
    ...{ wallMs: timeout, idleMs: idleTimeout, logBytes },
    ...{ memoryBytes: memory, cpus, processes, diskBytes: disk },
  };
}

function openBases(
  { registries, builder, baseBytes }: Config["builds"],
  { data, url, registry, identity, ...parts }: BuildParts,
) {
  return {
    folders: new BaseFolders(join(data, "builds", "bases"), baseBytes),
    ownHosts: new Set(url === undefined ? [] : [new URL(url).host]),
    openOwn: (repository: string, by: Principal) =>
      openOwnImages({ ...parts, ...registry, ...identity.access }, repository, by),
    async issueToken(by: Principal, repositories: readonly string[]) {
      if (identity.issuePull === undefined) throw new Error("there are no accounts");
      return await identity.issuePull(by, repositories);
    },
    registries,
    reachesPublic: TRUSTING.has(builder),
    client: createOutboundClient({ allow: "all" }),
    others: createOutboundClient({ allow: parts.outboundAllow }),
  };
}

/** The one that builds, and the routes and jobs of what goes with it. */
function openBuilders(
  { builder, address, tls, network, ...settings }: Config["builds"],
  parts: Pick<BuildParts, "data" | "database" | "clock" | "log"> & {
    readonly journal: Identity["access"]["journal"];
    readonly access: BuildAccess;
    readonly findRepository: (id: RepositoryId) => Promise<Repository | undefined>;
  },
) {
  const { data } = parts;
  const agents = createBuildAgentsPart({
    ...{ ...parts, leaseMs: settings.agentLease, areUsed: builder === "agents" },
  });
  const folder = join(data, "builds", "layers");
  const caches = createBuildCachesPart({ ...parts, ...settings, folder });
  // Where builds are off it still removes what is left of them.
  const name = builder === "off" ? "buildah-trusted" : builder;
  const chosen =
    name === "agents"
      ? agents.builder
      : caches.around(openBuilder(name, { data, address, tls, denied: network.deny }));
  return { chosen, agents, caches };
}

type Bases = Parameters<typeof prepareBases<Principal>>[0];

/** Names without a host are those of this library, and there is nothing else that its images are built on. */
function ofLibrary(bases: Bases): Bases {
  const ownHosts = new Set([...bases.ownHosts, "docker.io"]);
  const [pullHost] = bases.ownHosts;
  return { ...bases, ownHosts, pullHost, registries: [], reachesPublic: false };
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
