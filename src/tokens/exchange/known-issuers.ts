import { BoundedCache } from "../../lib/bounded-cache.ts";
import { IssuerKeys, type OpenDocument, openPlainly } from "./issuer-keys.ts";
import type { TrustedIssuer } from "./trust-rules.ts";

interface KnownIssuersDeps {
  readonly issuers: readonly TrustedIssuer[];
  /** For addresses that users gave: what is not public is not reached. */
  readonly openGuarded: OpenDocument;
  readonly clock: () => Date;
}

/** Of how many issuers that users named the keys are remembered. */
const REMEMBERED = 1000;

/** Where the keys of each issuer are found: as the settings say, if they name it, and else at its own address. */
export class KnownIssuers {
  readonly #deps: KnownIssuersDeps;
  readonly #ofSettings: ReadonlyMap<string, IssuerKeys>;
  readonly #named = new BoundedCache<IssuerKeys>(REMEMBERED);

  constructor(deps: KnownIssuersDeps) {
    const { issuers, clock } = deps;
    this.#deps = deps;
    this.#ofSettings = new Map(
      issuers.map(({ issuer, keysFile }) => [
        issuer,
        new IssuerKeys({ issuer, keysFile, clock, open: openPlainly }),
      ]),
    );
  }

  keysOf(issuer: string): IssuerKeys {
    const known = this.#ofSettings.get(issuer) ?? this.#named.get(issuer);
    if (known !== undefined) return known;
    const { openGuarded: open, clock } = this.#deps;
    const keys = new IssuerKeys({ issuer, keysFile: undefined, open, clock });
    this.#named.fill(issuer, { value: keys, weight: 1, version: this.#named.version });
    return keys;
  }
}
