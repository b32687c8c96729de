import { problem } from "../contract/problem.ts";
import { PROBLEMS } from "../contract/problems.ts";
import { SESSION_PATH } from "../contract/sessions.ts";
import { HubRefusal, HubUnreachable } from "./hub-error.ts";
import { USER_AGENT } from "./user-agent.ts";

export type Credentials = { readonly username: string; readonly password: string };

export type HubClientOptions = {
  readonly url: URL;
  readonly credentials?: Credentials | undefined;
  /** For an account whose login needs a code as well. Without it the hub's refusal stands. */
  readonly askCode?: () => Promise<string>;
  readonly signal: AbortSignal;
};

type Headers = Readonly<Record<string, string>>;

const FAULTS_SHOWN = 5;

/** Says that no page of another site sends this, which a hub asks of whoever shows its cookie. */
const OWN: Headers = { "x-requested-with": "berth" };

/**
 * Requests with the credentials, until the hub says that a code is needed as well: from then on with the cookie of a
 * session, because a code is good once.
 */
export class HubRequests implements AsyncDisposable {
  readonly #options: HubClientOptions;
  #session: Headers | undefined;

  constructor(options: HubClientOptions) {
    this.#options = options;
  }

  async send(line: string, body: unknown): Promise<Response> {
    const response = await this.#sendOnce(line, body, this.#proof());
    const { credentials, askCode } = this.#options;
    const isLast = this.#session !== undefined || credentials === undefined;
    if (response.status !== 401 || isLast || askCode === undefined) return response;
    const refusal = await readRefusal(response.clone());
    if (!(refusal instanceof HubRefusal && refusal.needsCode)) return response;
    await response.body?.cancel();
    const claim = { name: credentials.username, password: credentials.password };
    const opened = await this.#sendOnce(
      `POST ${SESSION_PATH}`,
      { ...claim, code: await askCode() },
      OWN,
    );
    if (!opened.ok) return opened;
    const [cookie = ""] = (opened.headers.getSetCookie()[0] ?? "").split(";");
    await opened.body?.cancel();
    this.#session = { ...OWN, cookie };
    return await this.#sendOnce(line, body, this.#session);
  }

  /** Sends an archive as it is made: once, with the session that a request before may have opened. */
  async upload(line: string, archive: AsyncIterable<Uint8Array>): Promise<Response> {
    const body = ReadableStream.from(archive);
    const type = { "content-type": "application/x-tar" };
    return await this.#fetch(line, { ...this.#proof(), ...type }, { body, duplex: "half" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#session === undefined) return;
    try {
      const answer = await this.#sendOnce(`DELETE ${SESSION_PATH}`, undefined, this.#session);
      await answer.body?.cancel();
    } catch {
      // What was asked for is done, and a session that nobody ends ends by itself.
    }
  }

  #proof(): Headers {
    const { credentials } = this.#options;
    if (this.#session !== undefined) return this.#session;
    if (credentials === undefined) return {};
    const pair = `${credentials.username}:${credentials.password}`;
    return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  }

  async #sendOnce(line: string, body: unknown, proof: Headers): Promise<Response> {
    if (body === undefined) return await this.#fetch(line, proof);
    const headers = { "content-type": "application/json", ...proof };
    return await this.#fetch(line, headers, { body: JSON.stringify(body) });
  }

  async #fetch(
    line: string,
    headers: Headers,
    body: Pick<RequestInit, "body" | "duplex"> = {},
  ): Promise<Response> {
    const { url, signal } = this.#options;
    const [method = "GET", path = "/"] = line.split(" ");
    try {
      return await fetch(new URL(path, url), {
        method,
        headers: {
          ...USER_AGENT,
          accept: "application/json, application/x-ndjson",
          ...headers,
        },
        ...body,
        redirect: "error",
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw new HubUnreachable(`no hub answers at ${url.origin}: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }
}

export async function readRefusal(response: Response): Promise<HubRefusal | HubUnreachable> {
  const body = problem.safeParse(await response.json().catch(() => undefined));
  if (body.success) {
    const { type, detail, title, errors = [] } = body.data;
    const needsCode = type === PROBLEMS.TWO_FACTOR_REQUIRED.type;
    const faults = errors.map(({ at, message }) => `${at.replace(/^body\//, "")}: ${message}`);
    const said = [detail ?? title, ...faults.slice(0, FAULTS_SHOWN)].join("; ");
    return new HubRefusal(response.status, said, needsCode);
  }
  if (response.status === 401) return new HubRefusal(401, "the hub asks for a login");
  return new HubUnreachable(
    `${new URL(response.url).origin} answers ${response.status}, but not as a Berth hub does`,
  );
}

/** fetch says only "fetch failed"; the cause has what a person can act on. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
}
