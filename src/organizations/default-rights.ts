import type { Journal } from "../access/index.ts";
import { PROBLEMS } from "../contract/problems.ts";
import type { Namespace } from "../namespaces/index.ts";
import type { Database } from "../platform/db/index.ts";
import { ProblemError } from "../platform/http/api/index.ts";
import {
  type DefaultRight,
  listDefaultRights,
  putDefaultRight,
  removeDefaultRight,
} from "./default-rights-store.ts";
import type { By } from "./organizations.ts";
import { assertMayGiveRight, assertTagPattern, type RightWish } from "./rights.ts";
import type { OrganizationTables } from "./tables.ts";

/** Each of them is a row in every new repository. */
const PER_NAMESPACE = 50;

interface DefaultRightsDeps {
  readonly database: Database<OrganizationTables>;
  readonly journal: Journal;
  readonly clock: () => Date;
}

/**
 * What accounts and teams are given in each repository of a namespace when it is made or moved there. Unlike rights by pattern they are
 * copied then, say nothing about what is there already, and can be taken again one by one.
 */
export class DefaultRights {
  readonly #deps: DefaultRightsDeps;

  constructor(deps: DefaultRightsDeps) {
    this.#deps = deps;
  }

  async list({ id }: Namespace): Promise<readonly DefaultRight[]> {
    return await listDefaultRights(this.#deps.database.reader, id);
  }

  /** Replaces what the subject was to be given before. Throws NAME_INVALID, TOO_MANY or DENIED. */
  async put(namespace: Namespace, wish: Omit<RightWish, "scope">): Promise<void> {
    const { subject, actions, tags, createOnly = false, by, origin } = wish;
    assertTagPattern(tags);
    await this.#deps.database.write(async (trx) => {
      await assertMayGiveRight(trx, namespace, { actions, by, mayCreate: false });
      const known = await listDefaultRights(trx, namespace.id);
      const isNew = !known.some(
        ({ subject: { kind, id } }) => kind === subject.kind && id === subject.id,
      );
      if (isNew && known.length >= PER_NAMESPACE) {
        const detail = `${namespace.name} gives ${PER_NAMESPACE} rights to new repositories already: give them to teams`;
        throw new ProblemError(PROBLEMS.TOO_MANY, { detail });
      }
      const now = this.#deps.clock();
      await putDefaultRight(trx, {
        namespace: namespace.id,
        subject,
        actions,
        tags,
        createOnly,
        now,
      });
      await this.#deps.journal.record(trx, {
        by,
        origin,
        action: "repo.default_right.give",
        account: namespace.name,
        name: subject.name,
        after: { [subject.kind]: subject.name, actions, tags: tags ?? null, createOnly },
      });
    });
  }

  /** What repositories have been given stays theirs. Throws NOT_FOUND. */
  async remove(namespace: Namespace, wish: Pick<RightWish, "subject" | keyof By>): Promise<void> {
    const { subject, by, origin } = wish;
    await this.#deps.database.write(async (trx) => {
      if (!(await removeDefaultRight(trx, { namespace: namespace.id, subject })))
        throw new ProblemError(PROBLEMS.NOT_FOUND);
      await this.#deps.journal.record(trx, {
        by,
        origin,
        action: "repo.default_right.take",
        account: namespace.name,
        name: subject.name,
        before: { [subject.kind]: subject.name },
      });
    });
  }
}
