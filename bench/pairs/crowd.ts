import { type Crowd, seedCrowd } from "./crowd-seed.ts";
import { ALICE, expectOk, isQuick, type Measured, measurePair } from "./pair.ts";

/** The same hub, empty and with a crowd in it, side by side: how much slower are logins, tokens and manifests? */
const CROWD: Crowd = {
  accounts: 100_000,
  organizations: 1000,
  teamsPerOrganization: 10,
  rightsPerTeam: 100,
};
const QUICK: Crowd = { ...CROWD, accounts: 1000, organizations: 60 };

let asked = 0;

const MEASURED: readonly Measured[] = [
  {
    title: "login with a password (`POST /v2/users/login`)",
    requests: 20,
    ask: (hub) =>
      expectOk(hub, {
        method: "POST",
        path: "/v2/users/login",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ username: ALICE.name, password: ALICE.password }),
      }),
  },
  {
    // A name that nobody asked for before: what is remembered of rights is no help.
    title: "token to push (`GET /token`), rights looked up",
    requests: 300,
    ask: (hub) =>
      expectOk(hub, {
        method: "GET",
        path: `/token?service=berth&scope=repository:acme/new-${asked++}:pull,push`,
        headers: { authorization: hub.authorization },
      }),
  },
  {
    title: "private manifest by tag, with a token",
    requests: 2000,
    ask: (hub) =>
      expectOk(hub, {
        method: "GET",
        path: "/v2/acme/app/manifests/1",
        headers: { authorization: hub.bearer },
      }),
  },
];

process.exitCode = await measurePair({
  names: ["empty hub", "crowded hub"],
  seeds: [
    undefined,
    (dataDirectory) => seedCrowd(dataDirectory, isQuick ? QUICK : CROWD, ALICE.name),
  ],
  measured: MEASURED,
  target: 1.5,
});
