import { createHash, randomBytes } from "node:crypto";
import { type Account, type By, type PersonalTokens, toPrincipal } from "../../accounts/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";

interface CommandLoginsDeps {
  readonly tokens: Pick<PersonalTokens, "create" | "list" | "remove">;
  readonly findAccount: (id: Account["id"]) => Promise<Account | undefined>;
  readonly clock: () => Date;
}

interface Waiting {
  readonly accountId: Account["id"];
  /** By which they came in: what it opened ends with it. */
  readonly identityId: string;
  readonly challenge: string;
  readonly until: number;
}

const CODE_MS = 60_000;
const AT_ONCE = 1000;
/** The hub hears nothing from a provider until the next login there, so this one does not last for ever. */
const TOKEN_MS = 30 * 24 * 3_600_000;

/**
 * Logins of `berth login --sso`: the browser carries a code to the command, and the command gets a token for it once, if it
 * knows what only the one that began can know (as PKCE, RFC 7636).
 */
export class CommandLogins {
  readonly #deps: CommandLoginsDeps;
  readonly #waiting = new Map<string, Waiting>();

  constructor(deps: CommandLoginsDeps) {
    this.#deps = deps;
  }

  /** The code for the browser to carry. */
  offer({ accountId, identityId, challenge }: Omit<Waiting, "until">): string {
    const code = randomBytes(24).toString("base64url");
    const until = this.#deps.clock().getTime() + CODE_MS;
    this.#waiting.set(code, { accountId, identityId, challenge, until });
    const oldest = this.#waiting.keys().next();
    if (this.#waiting.size > AT_ONCE && !oldest.done) this.#waiting.delete(oldest.value);
    return code;
  }

  /** Throws SSO_INVALID. */
  async redeem(
    wish: { readonly code: string; readonly verifier: string; readonly machine: string },
    origin: By["origin"],
  ): Promise<{ readonly user: string; readonly secret: string }> {
    const waiting = this.#waiting.get(wish.code);
    this.#waiting.delete(wish.code);
    const challenge = createHash("sha256").update(wish.verifier).digest("base64url");
    const isRight = waiting !== undefined && waiting.challenge === challenge;
    const now = this.#deps.clock().getTime();
    const account =
      isRight && waiting.until > now ? await this.#deps.findAccount(waiting.accountId) : undefined;
    if (account === undefined || account.isDisabled || waiting === undefined) {
      throw new ProblemError(PROBLEMS.SSO_INVALID, { detail: "begin again: berth login --sso" });
    }
    const label = `berth login on ${wish.machine}`;
    return await this.#giveToken(account, { label, openedBy: waiting.identityId }, origin);
  }

  /** In place of the one that the same machine had. */
  async #giveToken(
    account: Account,
    { label, openedBy }: { readonly label: string; readonly openedBy: string },
    origin: By["origin"],
  ) {
    const { tokens, clock } = this.#deps;
    const by = toPrincipal(account, { kind: "session", id: "", label: "berth login" });
    const former = (await tokens.list(account.id)).filter((token) => token.label === label);
    for (const { id } of former) await tokens.remove(account, id, { by, origin });
    const expiresAt = new Date(clock().getTime() + TOKEN_MS);
    const wish = { label, scopes: ["repo:admin"], repositories: [], expiresAt } as const;
    const { secret } = await tokens.create(account, { ...wish, openedBy }, { by, origin });
    return { user: account.name, secret };
  }
}
