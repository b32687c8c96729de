import { ADMIN_TABS } from "./pages/admin/admin-tabs.ts";
import { IMAGE_TABS } from "./pages/image/image-tabs.ts";
import { ORGANIZATION_TABS } from "./pages/organization/organization-tabs.ts";
import { SETTINGS_TABS } from "./pages/settings/settings-tabs.ts";

/** What a hub must have for its pages to be full. */
export interface Staged {
  readonly organization: string;
  /** Its repository, with the tags `1` and `2`. */
  readonly repository: string;
  readonly build: string;
  /** To the programme of official images. */
  readonly submission: string;
  readonly vulnerability: string;
}

export interface Place {
  /** Of the router, which has a test that each of its routes is here. */
  readonly route: string;
  readonly paths: (staged: Staged) => readonly string[];
  /** For strangers, who see them otherwise than those who are signed in. */
  readonly isForStrangers?: true;
}

function tabsOf(path: string, tabs: readonly string[]): readonly string[] {
  return tabs.map((tab) => `${path}${path.includes("?") ? "&" : "?"}tab=${tab}`);
}

/**
 * Every page. What is looked at in all of them (their width, colours, language, barriers, scripts that must not run) goes by this list:
 * a new route gets a line here, and a new tab is here by itself.
 */
export const PLACES: readonly Place[] = [
  { route: "/", paths: () => ["/", "/?q=nothing+such"] },
  { route: "/sign-in", paths: () => ["/sign-in"], isForStrangers: true },
  { route: "/sign-up", paths: () => ["/sign-up"], isForStrangers: true },
  { route: "/confirm", paths: () => ["/confirm?secret=x"], isForStrangers: true },
  { route: "/reset", paths: () => ["/reset", "/reset?secret=x"], isForStrangers: true },
  { route: "/r/$", paths: ({ repository }) => [`/r/${repository}`] },
  { route: "/_/$", paths: () => ["/_/busybox"] },
  {
    route: "/image/$",
    paths: ({ repository }) => tabsOf(`/image/${repository}?reference=1`, IMAGE_TABS),
  },
  { route: "/compare/$", paths: ({ repository }) => [`/compare/${repository}?from=1&to=2`] },
  {
    route: "/search",
    paths: ({ vulnerability }) => [
      `/search?vulnerability=${vulnerability}`,
      "/search?package=nginx&below=1.23",
    ],
  },
  { route: "/history/$", paths: ({ repository }) => [`/history/${repository}?tag=1`] },
  { route: "/activity/$", paths: ({ repository }) => [`/activity/${repository}`] },
  { route: "/builds/$", paths: ({ repository }) => [`/builds/${repository}`] },
  { route: "/build/$id", paths: ({ build }) => [`/build/${build}`] },
  { route: "/trust/$", paths: ({ repository }) => [`/trust/${repository}`] },
  { route: "/official", paths: () => ["/official"] },
  { route: "/official/$id", paths: ({ submission }) => [`/official/${submission}`] },
  { route: "/account/tokens", paths: () => ["/account/tokens"] },
  { route: "/account", paths: () => ["/account"] },
  { route: "/o", paths: () => ["/o"] },
  {
    route: "/o/$name",
    paths: ({ organization }) => tabsOf(`/o/${organization}`, ORGANIZATION_TABS),
  },
  {
    route: "/settings/$",
    paths: ({ repository }) => tabsOf(`/settings/${repository}`, SETTINGS_TABS),
  },
  {
    route: "/policies/$",
    paths: ({ organization, repository }) => [
      `/policies/${repository}`,
      `/policies/${organization}`,
      "/policies/",
    ],
  },
  {
    route: "/pull-policies/$",
    paths: ({ organization }) => [`/pull-policies/${organization}`, "/pull-policies/"],
  },
  { route: "/admin/users/$name", paths: () => ["/admin/users/olaf"] },
  { route: "/admin", paths: () => tabsOf("/admin", ADMIN_TABS) },
];
