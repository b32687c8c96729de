import { createHash, randomBytes } from "node:crypto";
import type { Caller, Journal } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import type { Database } from "../../platform/db/index.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { BuildTables } from "../tables.ts";
import {
  type BuildAgent,
  deleteAgent,
  findAgent,
  findAgentByToken,
  insertAgent,
  listAgents,
  noteSeen,
} from "./agents-store.ts";

export interface AgentsDeps {
  readonly database: Database<BuildTables>;
  readonly journal: Journal;
  readonly clock: () => Date;
  /** What such an agent builds is taken from it at once. */
  readonly onRemoved: (agent: BuildAgent) => void;
}

const PREFIX = "berth_agent_";
const SECRET_BYTES = 24;
const SHOWN = /^bearer +(\S{1,200}) *$/i;
const SEEN_EVERY_MS = 60_000;

/** Which machines elsewhere may build for the hub. */
export class BuildAgents {
  readonly #deps: AgentsDeps;

  constructor(deps: AgentsDeps) {
    this.#deps = deps;
  }

  async list(): Promise<BuildAgent[]> {
    return await listAgents(this.#deps.database.reader);
  }

  /** Answers what the agent shows, which is not kept. Throws NAME_TAKEN. */
  async add(
    name: string,
    { by, origin }: Caller,
  ): Promise<{ readonly agent: BuildAgent; readonly secret: string }> {
    const { database, journal, clock } = this.#deps;
    const secret = PREFIX + randomBytes(SECRET_BYTES).toString("base64url");
    const agent = await database.write(async (trx) => {
      if ((await findAgent(trx, name)) !== undefined) throw new ProblemError(PROBLEMS.NAME_TAKEN);
      const made = { name, hash: hash(secret), by: by.name, now: clock() };
      const deed = { action: "build.agent.add", by, origin, account: by.name, name } as const;
      await journal.record(trx, deed);
      return await insertAgent(trx, made);
    });
    return { agent, secret };
  }

  /** Throws NOT_FOUND. */
  async remove(name: string, { by, origin }: Caller): Promise<void> {
    const { database, journal, onRemoved } = this.#deps;
    const removed = await database.write(async (trx) => {
      const agent = await findAgent(trx, name);
      if (agent === undefined) throw new ProblemError(PROBLEMS.NOT_FOUND);
      const deed = { action: "build.agent.remove", by, origin, account: by.name, name } as const;
      await journal.record(trx, deed);
      await deleteAgent(trx, agent.id);
      return agent;
    });
    onRemoved(removed);
  }

  /** Throws UNAUTHORIZED. */
  async authenticate(authorization: string | undefined): Promise<BuildAgent> {
    const { database, clock } = this.#deps;
    const [, secret] = SHOWN.exec(authorization ?? "") ?? [];
    const agent =
      secret === undefined ? undefined : await findAgentByToken(database.reader, hash(secret));
    if (agent === undefined) throw new ProblemError(PROBLEMS.UNAUTHORIZED);
    const now = clock();
    if (now.getTime() - (agent.lastSeenAt?.getTime() ?? 0) > SEEN_EVERY_MS)
      await database.write((trx) => noteSeen(trx, agent.id, now));
    return agent;
  }
}

/** 192 random bits: nothing that can be guessed, so its hash needs no salt and no slow function. */
function hash(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
