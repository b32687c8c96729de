import { hostname } from "node:os";
import { Option } from "commander";
import { z } from "zod";
import { exchangeIdentityToken, findIdentityToken } from "../client/ci-identity.ts";
import { type Login, storeDockerCredentials } from "../client/docker-credentials.ts";
import { createHubClient } from "../client/hub-client.ts";
import { HubRefusal } from "../client/hub-error.ts";
import type { Credentials } from "../client/hub-requests.ts";
import { logInToRegistry, type RegistryCall } from "../client/registry-login.ts";
import { logInByBrowser } from "../client/sso-login.ts";
import { createdToken } from "../contract/accounts.ts";
import { type Command, CommandError, type Invocation } from "./command.ts";
import { askCode, chooseHub, dockerDirectory } from "./hub-connection.ts";

const loginOptions = z.object({
  json: z.boolean().default(false),
  user: z.string().optional(),
  username: z.string().optional(),
  passwordStdin: z.boolean().default(false),
  code: z.string().optional(),
  oidc: z.boolean().default(false),
  sso: z.union([z.boolean(), z.string()]).default(false),
  audience: z.string().optional(),
  organization: z.string().optional(),
});

/** The hub looks at the password alone. */
const CI_USER = "ci";
/** As much as a token can be for: less than the password is. */
const SCOPE = "repo:admin";
const LABEL_LENGTH = 100;

type LoginOptions = z.output<typeof loginOptions>;

export const loginCommand: Command = {
  name: "login",
  describe: (line) =>
    line
      .summary("log in to a hub, for docker too")
      .description(
        "Proves who you are and keeps the login where docker keeps its own: docker, podman and the others can push and\n" +
          "pull with it. The hub gives a token in place of the password, which ends when the password changes. For an\n" +
          "account with two-factor login it asks for a code, and makes a personal access token that is called after this\n" +
          "machine: `berth token list` shows it.",
      )
      .argument("[hub]", "its address (default: $BERTH_URL or http://127.0.0.1:5000)")
      .option("--user <name>", "who to log in as (default: $BERTH_USER)")
      .addOption(
        new Option("-u, --username <name>", "the same, as docker login calls it").conflicts("user"),
      )
      .option(
        "--password-stdin",
        "read the password from standard input (default: $BERTH_PASSWORD, else it is asked for)",
      )
      .option(
        "--code <code>",
        "of an authenticator app, for accounts with two-factor login (default: it is asked for)",
      )
      .option(
        "--sso [provider]",
        "log in by your browser at a provider of the hub (default: the only one there is)",
      )
      .option("--oidc", "in a CI job: log in by the job's identity token, without any secret")
      .option(
        "--audience <text>",
        "with --oidc: whom the token is made for (default: the hub's address)",
      )
      .option(
        "--organization <name>",
        "with --oidc: by a rule of this organization, if none of the hub lets the job in",
      ),
  run: async (invocation) => {
    const options = loginOptions.parse(invocation.options);
    const { terminal } = invocation;
    const { signal, environment } = terminal;
    const url = chooseHub(invocation.operands[0], environment);
    const login = await logIn({ url, signal }, invocation, options);
    await storeDockerCredentials(url.host, login, dockerDirectory(environment));
    if (options.json) terminal.printJson({ hub: url.origin, user: login.username });
    else terminal.print(`logged in to ${url.host} as ${login.username}`);
    return "ok";
  },
};

async function logIn(
  call: RegistryCall,
  invocation: Invocation,
  options: LoginOptions,
): Promise<Login> {
  const { terminal } = invocation;
  if (options.oidc) return await logInToCi(call, options, terminal.environment);
  if (options.sso === false) return await logInByPassword(call, invocation, options);
  return await logInByBrowser(call, {
    provider: options.sso === true ? undefined : options.sso,
    show: ({ address, code }) =>
      terminal.note(
        `open this address in a browser on this machine:\n${address}\nallow the login there only if the page shows the code ${code}`,
      ),
  });
}

async function logInByPassword(
  call: RegistryCall,
  invocation: Invocation,
  options: LoginOptions,
): Promise<Login> {
  const credentials = await readCredentials(invocation, options);
  try {
    return await logInToRegistry(call, credentials);
  } catch (cause) {
    if (!(cause instanceof HubRefusal && cause.needsCode)) throw cause;
    const code = async () => options.code ?? (await askCode(invocation.terminal));
    return await logInWithCode({ ...call, credentials, askCode: code });
  }
}

/** docker has no way to show a code, so what it keeps is a token, which stays when the password changes. */
async function logInWithCode(
  call: RegistryCall & {
    readonly credentials: Credentials;
    readonly askCode: () => Promise<string>;
  },
): Promise<Login> {
  await using hub = createHubClient(call);
  const body = { label: `berth login on ${hostname()}`.slice(0, LABEL_LENGTH), scopes: [SCOPE] };
  const { secret } = await hub.call({
    line: "POST /api/v1/account/tokens",
    body,
    answer: createdToken,
  });
  return { username: call.credentials.username, password: secret };
}

async function logInToCi(
  call: RegistryCall,
  { audience = call.url.origin, organization }: LoginOptions,
  environment: Invocation["terminal"]["environment"],
): Promise<Login> {
  const token = await findIdentityToken(call, environment, audience);
  if (token === undefined) {
    throw new CommandError(
      "usage",
      "there is no identity token here: let the job have one (on GitHub: permissions: id-token: write), or set BERTH_ID_TOKEN",
    );
  }
  const { password } = await exchangeIdentityToken(call, token, organization);
  return { username: CI_USER, password };
}

async function readCredentials({ terminal }: Invocation, options: LoginOptions) {
  const { environment } = terminal;
  const username = options.user ?? options.username ?? environment.BERTH_USER;
  if (!username) throw new CommandError("usage", "say who to log in as: --user NAME");
  const given = options.passwordStdin ? undefined : environment.BERTH_PASSWORD;
  const password = given ?? (await terminal.askSecret(`Password of ${username}`));
  if (password !== "") return { username, password };
  // An empty variable of a CI job is the usual reason.
  throw new CommandError(
    "usage",
    "the password is empty: give it by --password-stdin or BERTH_PASSWORD",
  );
}
