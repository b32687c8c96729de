import { readOtpauth } from "../../harness/authenticator-app.ts";
import {
  type Ask,
  creation,
  findRow,
  type PrivilegedAction,
  SENTENCE,
  type Stage,
} from "./privileged-action.ts";

const STEP_MS = 30_000;

/** Of somebody with a phone in their hand. */
export function twoFactorActions(name: string): PrivilegedAction[] {
  const path = "/api/v1/account/two-factor";
  const app = new Phone(name);
  const isOn = async (ask: Ask) => (await ask(`GET /api/v1/users/${name}`)).body.hasTwoFactor;
  const entry = (what: "enable" | "disable" | "reset" | "recovery_codes.renew") =>
    ({ action: `account.two_factor.${what}`, name }) as const;
  const enable: PrivilegedAction = {
    request: async (_ask, stage) => await app.enrol(stage),
    entry: entry("enable"),
    isDone: async (ask) => (await isOn(ask)) === true,
  };
  const codes =
    "select group_concat(code_hash) as all_of_them from recovery_codes, accounts where account_id = accounts.id and name = ?";
  let former: unknown;
  return [
    creation(name),
    enable,
    {
      request: async (_ask, { data }) => {
        former = findRow(data, codes, name)?.all_of_them;
        const request = `POST ${path}/recovery-codes`;
        return { request, body: { code: await app.code() }, headers: app.headers };
      },
      entry: entry("recovery_codes.renew"),
      isDone: async (_ask, { data }) => findRow(data, codes, name)?.all_of_them !== former,
    },
    {
      request: async () => {
        const request = `DELETE ${path}`;
        return { request, body: { code: await app.code() }, headers: app.headers };
      },
      entry: entry("disable"),
      isDone: async (ask) => (await isOn(ask)) === false,
    },
    enable,
    {
      request: `DELETE /api/v1/users/${name}/two-factor`,
      entry: entry("reset"),
      isDone: async (ask) => (await isOn(ask)) === false,
    },
  ];
}

/** Of somebody who lost the phone. */
export function recoveryActions(name: string): PrivilegedAction[] {
  const app = new Phone(name);
  const left =
    "select count(*) as n from recovery_codes, accounts where account_id = accounts.id and name = ?";
  return [
    creation(name),
    {
      request: async (_ask, stage) => await app.enrol(stage),
      entry: { action: "account.two_factor.enable", name },
      isDone: async (ask) => (await ask(`GET /api/v1/users/${name}`)).body.hasTwoFactor === true,
    },
    {
      // A new list for each attempt: the answer with the one before may be what the kill took.
      request: async (_ask, stage) => {
        const body = { name, password: SENTENCE, code: await app.renew(stage) };
        return { request: "POST /api/v1/session", body, headers: { authorization: "" } };
      },
      entry: { action: "account.two_factor.recovery_code.use", name },
      isDone: async (_ask, { data }) => findRow(data, left, name)?.n === 9,
    },
  ];
}

/** An authenticator app, and the browser beside it. No code of it is shown twice. */
class Phone {
  readonly #name: string;
  #cookie = "";
  #app: ReturnType<typeof readOtpauth> | undefined;
  #usedStep = 0;

  constructor(name: string) {
    this.#name = name;
  }

  get headers() {
    return { authorization: "", cookie: this.#cookie, "sec-fetch-site": "same-origin" };
  }

  /** Up to the code that turns it on. */
  async enrol({ url }: Stage) {
    const body = JSON.stringify({ name: this.#name, password: SENTENCE });
    const headers = { "content-type": "application/json" };
    const login = await fetch(`${url}/api/v1/session`, { method: "POST", body, headers });
    this.#cookie = login.headers.getSetCookie()[0]?.split(";")[0] ?? "";
    const path = "/api/v1/account/two-factor";
    const own = { cookie: this.#cookie, "sec-fetch-site": "same-origin" };
    const begun = await fetch(`${url}${path}`, { method: "POST", headers: own });
    this.#app = readOtpauth(((await begun.json()) as { uri: string }).uri);
    // A new secret: none of its codes was used.
    this.#usedStep = 0;
    const request = `POST ${path}/confirm`;
    return { request, body: { code: await this.code() }, headers: this.headers };
  }

  /** One of a new list of recovery codes. */
  async renew({ url }: Stage): Promise<string> {
    const path = "/api/v1/account/two-factor/recovery-codes";
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: {
        ...{ cookie: this.#cookie, "sec-fetch-site": "same-origin" },
        "content-type": "application/json",
      },
      body: JSON.stringify({ code: await this.code() }),
    });
    return ((await response.json()) as { recoveryCodes: string[] }).recoveryCodes[0] ?? "";
  }

  /** Of the oldest step that is taken and was not shown; waits for the next one if all were. */
  async code(): Promise<string> {
    for (;;) {
      const step = Math.floor(Date.now() / STEP_MS);
      const next = Math.max(step - 1, this.#usedStep + 1);
      if (next <= step + 1) {
        this.#usedStep = next;
        return this.#app?.codeAt(next * STEP_MS) ?? "";
      }
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
