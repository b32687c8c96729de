import { type Ask, findIn, holds, type PrivilegedAction } from "./privileged-action.ts";

/** What builds of a repository are given, and what starts them. */
export function buildInputActions(name: string): PrivilegedAction[] {
  const secrets = `/api/v1/build-secrets/of/${name}`;
  const triggers = `/api/v1/build-triggers/of/${name}`;
  const hasSecret = async (ask: Ask) => holds(await ask(`GET ${secrets}`), { name: "npm_token" });
  const findTrigger = async (ask: Ask) => findIn(await ask(`GET ${triggers}`), { label: "ci" });
  return [
    {
      request: `PUT ${secrets}`,
      body: { name: "npm_token", value: "what nobody reads" },
      entry: { action: "repo.build.secret.set", name },
      isDone: hasSecret,
    },
    {
      request: `DELETE /api/v1/build-secrets/named/npm_token/${name}`,
      entry: { action: "repo.build.secret.remove", name },
      isDone: async (ask) => !(await hasSecret(ask)),
    },
    {
      request: `POST ${triggers}`,
      body: { label: "ci" },
      entry: { action: "repo.build.trigger.create", name },
      isDone: async (ask) => (await findTrigger(ask)) !== undefined,
    },
    {
      request: async (ask) => `DELETE /api/v1/build-triggers/one/${(await findTrigger(ask))?.id}`,
      entry: { action: "repo.build.trigger.delete", name },
      isDone: async (ask) => (await findTrigger(ask)) === undefined,
    },
  ];
}
