import type { Kysely } from "kysely";
import type { Deed, Journal, OpenTransaction } from "../../access/index.ts";
import { type OutboxTables, recordEvent } from "../../platform/jobs/index.ts";

/** Which deeds of the audit trail are events too, and of which topic. What else happens to repositories has events of its own. */
const TOLD: readonly (readonly [RegExp, string])[] = [
  // Whoever is only invited is no member, and their address is nobody else's business.
  [/^org\.(?:team\.)?member\.(?!invite\.)/, "member.changed"],
  [/^org\.team\.(?:create|delete)$/, "member.changed"],
  [/^(?:repo|org)\.(?:right|default_right|collaborator|customrole)\./, "right.changed"],
  [/^repo\.create$/, "repository.created"],
  [/^repo\.(?:update|change_privacy)$/, "repository.changed"],
];

/**
 * The journal, of which some entries are events too: written by the same transaction, so that nobody is told of what was
 * not done, and nothing that was done is kept from those who asked to hear of it.
 */
export function createTellingJournal(deps: {
  readonly journal: Journal;
  readonly clock: () => Date;
}): Journal {
  return {
    async record(trx: OpenTransaction, deed: Deed): Promise<void> {
      await deps.journal.record(trx, deed);
      const topic = TOLD.find(([actions]) => actions.test(deed.action))?.[1];
      if (topic === undefined) return;
      const { action, account, name, before, after, by, origin } = deed;
      const isRepository = topic.startsWith("repository.");
      const payload = {
        ...(isRepository ? { repository: name } : { account, name }),
        action,
        ...(before && { before }),
        ...(after && { after }),
        actor: by.name,
        ...origin,
      };
      const orderingKey = isRepository || name.startsWith(`${account}/`) ? name : account;
      const event = { topic, orderingKey, payload, at: deps.clock() };
      await recordEvent(trx as Kysely<OutboxTables>, event);
    },
  };
}
