import { readFile } from "node:fs/promises";
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from "openid-client";
import type { Logger } from "pino";
import { LoginUnavailable } from "../../access/index.ts";
import { PROBLEMS } from "../../contract/problems.ts";
import { ProblemError } from "../../platform/http/api/index.ts";
import type { Policy } from "../foreign-accounts.ts";
import type { Person } from "../person.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import { type ClaimNames, toPerson } from "./claims.ts";

export interface OidcSettings extends ClaimNames {
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** A file with it; read anew with the provider's description, so that it can be replaced. */
  readonly clientSecretFile: string | undefined;
  readonly scopes: string;
  /** Of verified addresses; everybody whom the provider knows when it is empty. */
  readonly allowedDomains: readonly string[];
  readonly policy: Policy;
}

/** What only the browser that began a login can show at its end. */
export interface LoginSecrets {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

interface OidcProviderDeps {
  readonly settings: OidcSettings;
  readonly clock: () => Date;
  readonly log: Logger;
}

const TIMEOUT_SECONDS = 5;
const FRESH_MS = 3_600_000;

/** Somebody else's login page: the authorization code flow with PKCE, state and nonce (OpenID Connect Core, section 3.1). */
export class OidcProvider {
  readonly #deps: OidcProviderDeps;
  #known: { readonly configuration: Promise<Configuration>; readonly until: number } | undefined;

  constructor(deps: OidcProviderDeps) {
    this.#deps = deps;
  }

  get settings(): OidcSettings {
    return this.#deps.settings;
  }

  /** Where to send the browser. Throws LoginUnavailable. */
  async begin(redirectUri: string): Promise<{ location: string; secrets: LoginSecrets }> {
    const verifier = randomPKCECodeVerifier();
    const secrets = { state: randomState(), nonce: randomNonce(), verifier };
    const configuration = await this.#ask(() => this.#getConfiguration());
    const { href: location } = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.settings.scopes,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state: secrets.state,
      nonce: secrets.nonce,
    });
    return { location, secrets };
  }

  /** Who came back. Throws SSO_REFUSED when the provider's word does not hold, and LoginUnavailable. */
  async complete(returned: URL, { state, nonce, verifier }: LoginSecrets): Promise<Person> {
    const person = await this.#ask(async () => {
      const configuration = await this.#getConfiguration();
      const tokens = await authorizationCodeGrant(configuration, returned, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined) throw new Error("the provider gave no identity token");
      const more =
        configuration.serverMetadata().userinfo_endpoint === undefined
          ? {}
          : await fetchUserInfo(configuration, tokens.access_token, claims.sub);
      return toPerson(claims.sub, { identityToken: claims, userInfo: more }, this.settings);
    });
    this.#assertDomain(person);
    return person;
  }

  #assertDomain({ email, isEmailVerified }: Person): void {
    const { allowedDomains } = this.settings;
    if (allowedDomains.length === 0) return;
    const domain = email?.toLowerCase().split("@").at(-1) ?? "";
    const isAllowed = allowedDomains.some((allowed) => allowed.toLowerCase() === domain);
    if (isEmailVerified && isAllowed) return;
    const detail = "your verified address is of none of the domains that this hub lets in";
    throw new ProblemError(PROBLEMS.SSO_REFUSED, { detail });
  }

  async #getConfiguration(): Promise<Configuration> {
    const now = this.#deps.clock().getTime();
    if (this.#known === undefined || this.#known.until <= now) {
      this.#known = { configuration: this.#discover(), until: now + FRESH_MS };
    }
    const known = this.#known;
    try {
      return await known.configuration;
    } catch (cause) {
      if (this.#known === known) this.#known = undefined;
      throw cause;
    }
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret, clientSecretFile } = this.settings;
    const secret =
      clientSecretFile === undefined
        ? clientSecret
        : (await readFile(clientSecretFile, "utf8")).trim();
    const execute = [enableNonRepudiationChecks];
    // The operator wrote http:, for a provider that is next door.
    if (issuer.startsWith("http:")) execute.push(allowInsecureRequests);
    return await discovery(new URL(issuer), clientId, secret, undefined, {
      execute,
      timeout: TIMEOUT_SECONDS,
      [customFetch]: boundedFetch,
    });
  }

  async #ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    try {
      return await question();
    } catch (cause) {
      const { name: provider } = this.settings;
      this.#deps.log.warn({ err: cause, provider }, "login at a provider failed");
      if (isUnavailable(cause)) {
        throw new LoginUnavailable(`${provider} does not answer`, { cause });
      }
      const detail = `the login at ${provider} did not work: begin again; the hub's log says why`;
      throw new ProblemError(PROBLEMS.SSO_REFUSED, { detail, cause });
    }
  }
}

/** Libraries wrap what is thrown while they fetch. */
function isUnavailable(thrown: unknown): boolean {
  for (let cause = thrown; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof LoginUnavailable || cause.name === "TimeoutError") return true;
    if ("code" in cause && cause.code === "OAUTH_TIMEOUT") return true;
  }
  return false;
}
