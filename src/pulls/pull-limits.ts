import { isIP } from "node:net";
import type { Principal } from "../access/index.ts";
import { networkOf } from "../lib/network-of.ts";
import { type RateLimit, RateWindow, type WindowState } from "../lib/rate-window.ts";
import { OciError } from "../oci/error.ts";
import { isIndexMediaType } from "../oci/media-type.ts";
import type { ManifestPull, PullAllowance } from "../registry/index.ts";

export interface PullLimitSettings {
  /** Of one IPv4 address or IPv6 /64, without an account. No limit when undefined. */
  readonly anonymous: RateLimit | undefined;
  /** Of one user, robot or organization token. No limit when undefined. */
  readonly account: RateLimit | undefined;
  /** Names of users, of robots (`acme+ci`), and of organizations, which stand for their tokens and all their robots. */
  readonly exempt: ReadonlySet<string>;
}

interface PullLimitDeps {
  readonly settings: PullLimitSettings;
  readonly clock: () => Date;
}

/** How many images somebody may pull in a time, as Docker Hub tells its clients. Each process counts for itself. */
export class PullLimits {
  readonly #deps: PullLimitDeps;
  readonly #anonymous: RateWindow | undefined;
  readonly #accounts: RateWindow | undefined;

  constructor(deps: PullLimitDeps) {
    this.#deps = deps;
    const { anonymous, account } = deps.settings;
    const open = (limit: RateLimit) => new RateWindow({ limit, clock: deps.clock });
    this.#anonymous = anonymous && open(anonymous);
    this.#accounts = account && open(account);
  }

  get limitsAnonymous(): boolean {
    return this.#anonymous !== undefined;
  }

  /**
   * An index counts nothing, but is refused to whoever has nothing left: better before the first answer than between it and
   * the image.
   */
  admit({ principal, origin, kind, manifest }: ManifestPull): PullAllowance | undefined {
    const isAnonymous = principal.kind === "anonymous";
    const window = isAnonymous ? this.#anonymous : this.#accounts;
    if (window === undefined || this.#isExempt(principal)) return undefined;
    const key = isAnonymous ? networkOf(origin.address) : principal.name;
    const counts = kind === "pull" && !isIndexMediaType(manifest.mediaType);
    const standing = counts ? window.take(key) : window.look(key);
    const isRefused = kind === "pull" && !standing.isWithin;
    return {
      headers: headersOf(window, standing, isAnonymous ? origin.address : principal.name),
      refusal: isRefused ? this.#refuse(window, standing, principal) : undefined,
    };
  }

  #isExempt({ role, name }: Principal): boolean {
    if (role === "administrator") return true;
    const { exempt } = this.#deps.settings;
    const [organization = ""] = name.split("+", 1);
    return exempt.has(name) || exempt.has(organization);
  }

  #refuse(window: RateWindow, { resetsAt }: WindowState, principal: Principal): OciError {
    const { clock, settings } = this.#deps;
    const wait = Math.max(1, Math.ceil((resetsAt - clock().getTime()) / 1000));
    const { count, windowMs } = window.limit;
    const more = settings.account === undefined ? "without a limit" : `${settings.account.count}`;
    const help = principal.kind === "anonymous" ? `Log in to pull ${more}, or wait` : "Wait";
    const message =
      `You have reached your pull rate limit: ${count} pulls in ${describeTime(windowMs / 1000)}. ` +
      `${help} ${describeTime(wait)}; the hub's operator can raise it (limits.pulls)`;
    return new OciError("TOOMANYREQUESTS", { retryAfterSeconds: wait }, { message });
  }
}

function headersOf({ limit }: RateWindow, { remaining }: WindowState, source: string) {
  const seconds = Math.ceil(limit.windowMs / 1000);
  return {
    "ratelimit-limit": `${limit.count};w=${seconds}`,
    "ratelimit-remaining": `${remaining};w=${seconds}`,
    "docker-ratelimit-source": isIP(source) === 0 ? encodeURIComponent(source) : source,
  };
}

/** As people say it: `6 hours`, `90 seconds`. */
function describeTime(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} seconds`;
  if (seconds < 120 * 60) return `${Math.ceil(seconds / 60)} minutes`;
  return `${Math.ceil(seconds / 3600)} hours`;
}
