import { type Ask, findIn, type PrivilegedAction } from "./privileged-action.ts";

/** Which CI jobs get in without a stored secret: to the hub, and to an organization. */
export function ciRuleActions(organization: string, word: string): readonly PrivilegedAction[] {
  const ofHub = { path: "/api/v1/ci-rules", deed: "hub.ci_rule", more: { account: "admin" } };
  const path = `/api/v1/organizations/${organization}/ci-rules`;
  return [ofHub, { path, deed: "org.ci_rule", more: {} }].flatMap((place) =>
    actionsAt({ ...place, organization, name: `r-${word}` } as Place),
  );
}

interface Place {
  readonly path: string;
  readonly deed: "hub.ci_rule" | "org.ci_rule";
  readonly more: Readonly<Record<string, unknown>>;
  readonly organization: string;
  readonly name: string;
}

function actionsAt({ path, deed, more, organization, name }: Place): readonly PrivilegedAction[] {
  const find = async (ask: Ask) => findIn(await ask(`GET ${path}`), { name });
  return [
    {
      request: `POST ${path}`,
      body: {
        ...{ name, issuer: "https://issuer.example.com", claims: { repository: "acme/api" } },
        ...{ repositories: [`${organization}/*`], actions: ["pull"], ...more },
      },
      entry: { action: `${deed}.create`, name },
      isDone: async (ask) => (await find(ask)) !== undefined,
    },
    {
      request: async (ask) => `DELETE ${path}/${(await find(ask))?.id}`,
      entry: { action: `${deed}.delete`, name },
      isDone: async (ask) => (await find(ask)) === undefined,
    },
  ];
}
