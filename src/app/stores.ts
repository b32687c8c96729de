import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Kysely } from "kysely";
import {
  addIdentitiesOfLogins,
  addOfficialMails,
  createAccountTables,
  createProfiles,
  createSessionTables,
  createSignUpTables,
  indexAddressesAndSessions,
  indexHubRoles,
} from "../accounts/index.ts";
import {
  type ActivityTables,
  addForwardedTimes,
  createActivityTables,
  createForwardedPositions,
} from "../activity/index.ts";
import {
  addAttention,
  addBuildInputs,
  addBuildRuns,
  addComparisons,
  addOwedProvenance,
  addProposals,
  addRebuildDelays,
  addSubmissionIndexes,
  type BuildTables,
  createBuildAgents,
  createBuildCaches,
  createBuildFacts,
  createBuildKeys,
  createBuildSources,
  createBuildTables,
  createDeferredBuilds,
  createOfficialImages,
  createOfficialPlaces,
  createOutsideBases,
  type OfficialTables,
} from "../builds/index.ts";
import { CommandError } from "../cli/command.ts";
import { createIdentities, type IdentityTables } from "../directory/index.ts";
import { createFacets, type DiscoveryTables } from "../discovery/index.ts";
import {
  addRuleLevels,
  createFollowers,
  createQuotas,
  createRetentionTables,
  createSurveyMemory,
  createTagRules,
  createUsageSamples,
  type LifecycleTables,
  type RetentionTables,
} from "../lifecycle/index.ts";

import { createFormerNamespaces, createNamespaces } from "../namespaces/index.ts";
import {
  addPullCounting,
  addResourceTimes,
  addRoles,
  addTwoFactorRequirement,
  createOrganizationInvitations,
  createOrganizationSettings,
  createOrganizations,
  markSyncedMemberships,
  type OrganizationTables,
} from "../organizations/index.ts";
import {
  type FilesystemStore,
  Headroom,
  openFilesystemStore,
  type UploadStore,
} from "../platform/blobs/index.ts";
import { type Database, migrateToLatest, openSqliteDatabase } from "../platform/db/index.ts";
import { createOutbox } from "../platform/jobs/index.ts";
import { createMails, type MailTables } from "../platform/mail/index.ts";
import {
  addBaseRepositories,
  createPullPolicies,
  createPullReports,
  type PolicyTables,
} from "../policy/index.ts";
import {
  addPullers,
  createPullTables,
  createTraffic,
  createTrafficDays,
  type PullTables,
} from "../pulls/index.ts";
import {
  addReleases,
  bindUploads,
  createFreedDays,
  createRegistryTables,
  createTombstones,
  indexTagTimes,
  type RegistryTables,
} from "../registry/index.ts";
import {
  addFormerNames,
  addLastPush,
  addRepositoryOwners,
  createRepositories,
} from "../repositories/index.ts";
import {
  addLayerListings,
  addTellingAndBills,
  addTurnsAndLayers,
  createDecisions,
  createScanningTables,
  indexWaitingScans,
  type ScanningTables,
} from "../scanning/index.ts";
import {
  bindSignaturesToAnchors,
  createSigningTables,
  type SigningTables,
} from "../signing/index.ts";
import { createCiRules, createTokenTables, type TokenTables } from "../tokens/index.ts";
import { createTrustTables, type TrustTables } from "../trust/index.ts";
import {
  addTemplatesAndCallbacks,
  createWebhookTables,
  type WebhookTables,
} from "../webhooks/index.ts";

/** Every table there is. */
export type HubTables = RegistryTables &
  OrganizationTables &
  IdentityTables &
  TokenTables &
  TrustTables &
  ActivityTables &
  WebhookTables &
  MailTables &
  PullTables &
  LifecycleTables &
  RetentionTables &
  ScanningTables &
  SigningTables &
  PolicyTables &
  OfficialTables &
  BuildTables &
  DiscoveryTables;

export interface StoreOptions {
  /** Where the database lies. */
  readonly data: string;
  /** Where the blobs lie; the data folder unless a directory of registry:2 was taken over. */
  readonly blobRoot: string;
  readonly reserveBytes: number;
  /** Refuse to create a database where none is. */
  readonly mustExist?: boolean;
}

export interface Stores extends AsyncDisposable {
  readonly database: Database<HubTables>;
  readonly blobs: FilesystemStore;
  readonly uploads: UploadStore;
  readonly headroom: Headroom;
  /** What is wrong with the database file itself; undefined when nothing is. */
  readonly checkDatabase: () => string | undefined;
}

const MIGRATIONS = {
  "0001-repositories": { up: createRepositories },
  "0002-registry": { up: createRegistryTables },
  "0003-outbox": { up: createOutbox },
  "0004-accounts": { up: inOrder(createNamespaces, createAccountTables) },
  "0005-organizations": { up: inOrder(addRepositoryOwners, createOrganizations) },
  "0006-tokens": { up: createTokenTables },
  "0007-activity": { up: createActivityTables },
  "0008-webhooks": { up: createWebhookTables },
  "0009-sessions": { up: createSessionTables },
  "0010-mail-and-sign-up": { up: inOrder(createMails, createSignUpTables) },
  "0011-identities": { up: inOrder(createIdentities, markSyncedMemberships) },
  "0012-former-names": {
    up: inOrder(createFormerNamespaces, addFormerNames, bindUploads, addResourceTimes),
  },
  "0013-organization-roles": { up: addRoles },
  "0014-pulls": { up: inOrder(addLastPush, createPullTables) },
  "0015-templates": { up: addTemplatesAndCallbacks },
  "0016-profiles": { up: createProfiles },
  "0018-organization-settings": { up: createOrganizationSettings },
  "0019-audit-forwarding": { up: createForwardedPositions },
  "0020-tag-rules": { up: createTagRules },
  "0021-hub-roles": { up: indexHubRoles },
  "0022-organization-invitations": { up: createOrganizationInvitations },
  "0024-tag-rule-levels": { up: addRuleLevels },
  "0026-tag-history": { up: createTombstones },
  "0027-retention": { up: inOrder(addReleases, createRetentionTables) },
  "0028-quotas": { up: createQuotas },
  "0029-audit-forwarded-times": { up: addForwardedTimes },
  "0031-tag-times": { up: indexTagTimes },
  "0032-addresses": { up: indexAddressesAndSessions },
  "0033-tag-followers": { up: createFollowers },
  "0034-retention-surveys": { up: createSurveyMemory },
  "0035-pull-counting": { up: addPullCounting },
  "0036-usage-samples": { up: createUsageSamples },
  "0037-traffic": { up: createTraffic },
  "0038-two-factor-requirement": { up: addTwoFactorRequirement },
  "0039-identities-of-logins": { up: addIdentitiesOfLogins },
  "0040-scanning": { up: createScanningTables },
  "0042-vex": { up: createDecisions },
  "0043-scan-turns": { up: addTurnsAndLayers },
  "0044-trust": { up: createTrustTables },
  "0046-signing": { up: createSigningTables },
  "0047-pull-policies": { up: createPullPolicies },
  "0048-pull-reports": { up: createPullReports },
  "0050-waiting-scans": { up: indexWaitingScans },
  "0054-scan-documents": { up: addTellingAndBills },
  "0055-builds": { up: createBuildTables },
  "0056-signature-anchors": { up: bindSignaturesToAnchors },
  "0058-base-repositories": { up: addBaseRepositories },
  "0061-build-agents": { up: createBuildAgents },
  "0063-build-sources": { up: createBuildSources },
  "0064-build-inputs": { up: addBuildInputs },
  "0066-build-runs": { up: addBuildRuns },
  "0067-build-keys": { up: createBuildKeys },
  "0069-official-images": { up: createOfficialImages },
  "0070-official-places": { up: createOfficialPlaces },
  "0072-layer-listings": { up: addLayerListings },
  "0073-build-facts": { up: createBuildFacts },
  "0074-pullers": { up: addPullers },
  "0078-facets": { up: createFacets },
  "0081-build-caches": { up: createBuildCaches },
  "0082-outside-bases": { up: createOutsideBases },
  "0087-official-comparisons": { up: addComparisons },
  "0088-official-rebuild-delays": { up: addRebuildDelays },
  "0089-deferred-builds": { up: createDeferredBuilds },
  "0079-build-proposals": { up: addProposals },
  "0090-traffic-days": { up: createTrafficDays },
  "0091-freed-days": { up: createFreedDays },
  "0092-official-indexes": { up: addSubmissionIndexes },
  "0093-official-attention": { up: addAttention },
  "0094-owed-provenance": { up: addOwedProvenance },
  "0095-ci-rules": { up: createCiRules },
  "0096-official-mails": { up: addOfficialMails },
};
type Step = (db: Kysely<unknown>) => Promise<void>;

function inOrder(...steps: readonly Step[]): Step {
  return async (db) => {
    for (const step of steps) await step(db);
  };
}

const BALLAST_BYTES = 4 * 1024 * 1024;

/** Opens both stores, and brings the database to this version. Several processes may hold them open at once. */
export async function openStores(options: StoreOptions): Promise<Stores> {
  const { data, blobRoot, reserveBytes } = options;
  if (options.mustExist) await assertHoldsDatabase(data);
  const database = await openSqliteDatabase<HubTables>({ path: join(data, "berth.db") });
  try {
    await migrateToLatest(database.writer, MIGRATIONS);
    const { blobs, uploads } = await openFilesystemStore(blobRoot);
    const headroom = new Headroom({
      folder: blobRoot,
      ballastPath: join(data, "ballast"),
      ballastBytes: reserveBytes === 0 ? 0 : BALLAST_BYTES,
      reserveBytes,
    });
    return {
      database,
      blobs,
      uploads,
      headroom,
      checkDatabase: database.checkIntegrity,
      async [Symbol.asyncDispose]() {
        await blobs[Symbol.asyncDispose]();
        await database.close();
      },
    };
  } catch (cause) {
    await database.close();
    throw cause;
  }
}

async function assertHoldsDatabase(data: string): Promise<void> {
  try {
    await access(join(data, "berth.db"));
  } catch (cause) {
    throw new CommandError(
      "usage",
      `${data} holds no data of a hub; name its directory by --data`,
      {
        cause,
      },
    );
  }
}
