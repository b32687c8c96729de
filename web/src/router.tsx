import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { accountQuery } from "./api/account.ts";
import { buildQuery } from "./api/builds.ts";
import { ARCHITECTURES, CATEGORIES } from "./api/discovery.ts";
import { hubQuery } from "./api/hub.ts";
import { imageQuery } from "./api/images.ts";
import { officialImagesQuery, submissionQuery } from "./api/official.ts";
import { organizationQuery } from "./api/organizations.ts";
import { pullPoliciesQuery } from "./api/pull-policies.ts";
import { queryClient } from "./api/query-client.ts";
import { REPOSITORY_ORDERS, repositoryCardsQuery, repositoryQuery } from "./api/repositories.ts";
import { retentionQuery, scopeOf } from "./api/retention.ts";
import { type TagsWish, tagParams } from "./api/tag-wish.ts";
import { tagsOf } from "./api/tags.ts";
import { tokensQuery } from "./api/tokens.ts";
import { userQuery } from "./api/users.ts";
import { load } from "./load.ts";
import { ADMIN_TABS } from "./pages/admin/admin-tabs.ts";
import { ExplorePage } from "./pages/explore/explore-page.tsx";
import { IMAGE_TABS } from "./pages/image/image-tabs.ts";
import { ORGANIZATION_TABS } from "./pages/organization/organization-tabs.ts";
import { SETTINGS_TABS } from "./pages/settings/settings-tabs.ts";
import {
  auditParams,
  choiceParam,
  ownPath,
  params,
  parseSearch,
  printSearch,
  textParam,
} from "./search-params.ts";
import { Failure } from "./shell/failure.tsx";
import { Loading } from "./shell/loading.tsx";
import { NotFound } from "./shell/not-found.tsx";
import { Shell } from "./shell/shell.tsx";

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NotFound,
  loader: () => queryClient.ensureQueryData(hubQuery),
});

const explore = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: ExplorePage,
  // Asked for beside the hub itself, not after it; the page says what went wrong. Most people go on from the list to one of its
  // repositories, whose page is on its way by then.
  loader: ({ location: { search: wish } }) =>
    void queryClient
      .prefetchInfiniteQuery(repositoryCardsQuery(wish))
      .then(() => RepositoryPage.preload?.()),
  validateSearch: ({ q, order, category, architecture, label }) =>
    params({
      ...{ q: textParam(q), order: choiceParam(order, REPOSITORY_ORDERS) },
      category: choiceParam(category, CATEGORIES),
      architecture: choiceParam(architecture, ARCHITECTURES),
      label: textParam(label),
    }),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: lazyRouteComponent(() => import("./pages/sign-in/sign-in-page.tsx"), "SignInPage"),
  validateSearch: ({ next }) => params({ next: ownPath(next) }),
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: "/sign-up",
  component: lazyRouteComponent(() => import("./pages/join/sign-up-page.tsx"), "SignUpPage"),
  validateSearch: ({ invitation }) => params({ invitation: textParam(invitation) }),
});

const confirm = createRoute({
  getParentRoute: () => root,
  path: "/confirm",
  component: lazyRouteComponent(() => import("./pages/join/confirm-page.tsx"), "ConfirmPage"),
  validateSearch: ({ secret }) => params({ secret: textParam(secret) }),
});

const reset = createRoute({
  getParentRoute: () => root,
  path: "/reset",
  component: lazyRouteComponent(() => import("./pages/join/reset-page.tsx"), "ResetPage"),
  validateSearch: ({ secret }) => params({ secret: textParam(secret) }),
});

const RepositoryPage = lazyRouteComponent(
  () => import("./pages/repository/repository-page.tsx"),
  "RepositoryPage",
);

const repository = createRoute({
  getParentRoute: () => root,
  path: "/r/$",
  component: RepositoryPage,
  validateSearch: tagParams,
  loader: ({ location, params: { _splat = "" } }) => loadRepository(_splat, location),
});

const official = createRoute({
  getParentRoute: () => root,
  path: "/_/$",
  component: RepositoryPage,
  validateSearch: tagParams,
  loader: async ({ location, params: { _splat: name = "" } }) => {
    const found = await loadRepository(`library/${name}`, location);
    if (found.official !== undefined) return found;
    // What the programme has not published is a repository like any other.
    const { search } = location;
    throw redirect({ to: "/r/$", params: { _splat: `library/${name}` }, search, replace: true });
  },
});

/** Its tags are asked for beside it. */
function loadRepository(
  name: string,
  location: { readonly href: string; readonly search: TagsWish },
) {
  void queryClient.prefetchInfiniteQuery(tagsOf(name, location.search));
  return load(repositoryQuery(name), location);
}

const image = createRoute({
  getParentRoute: () => root,
  path: "/image/$",
  component: lazyRouteComponent(() => import("./pages/image/image-page.tsx"), "ImagePage"),
  validateSearch: ({ reference, tab }) =>
    params({ reference: textParam(reference), tab: choiceParam(tab, IMAGE_TABS) }),
  loaderDeps: ({ search: { reference = "latest" } }) => ({ reference }),
  loader: ({ location, deps, params: { _splat = "" } }) =>
    load(imageQuery(_splat, deps.reference), location),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/compare/$",
  component: lazyRouteComponent(() => import("./pages/compare/compare-page.tsx"), "ComparePage"),
  validateSearch: ({ from, to, platform }) =>
    params({ from: textParam(from), to: textParam(to), platform: textParam(platform) }),
  loader: ({ location, params: { _splat = "" } }) => load(repositoryQuery(_splat), location),
});

const search = createRoute({
  getParentRoute: () => root,
  path: "/search",
  component: lazyRouteComponent(() => import("./pages/search/search-page.tsx"), "SearchPage"),
  validateSearch: ({ vulnerability, package: name, below }) =>
    params({
      ...{ vulnerability: textParam(vulnerability), package: textParam(name) },
      below: textParam(below),
    }),
});

const history = createRoute({
  getParentRoute: () => root,
  path: "/history/$",
  component: lazyRouteComponent(() => import("./pages/history/history-page.tsx"), "HistoryPage"),
  validateSearch: ({ tag }) => params({ tag: textParam(tag) }),
  loader: ({ location, params: { _splat = "" } }) => load(repositoryQuery(_splat), location),
});

const activity = createRoute({
  getParentRoute: () => root,
  path: "/activity/$",
  component: lazyRouteComponent(() => import("./pages/activity/activity-page.tsx"), "ActivityPage"),
  loader: ({ location, params: { _splat = "" } }) => load(repositoryQuery(_splat), location),
});

const builds = createRoute({
  getParentRoute: () => root,
  path: "/builds/$",
  component: lazyRouteComponent(() => import("./pages/builds/builds-page.tsx"), "BuildsPage"),
  loader: ({ location, params: { _splat = "" } }) => load(repositoryQuery(_splat), location),
});

const build = createRoute({
  getParentRoute: () => root,
  path: "/build/$id",
  component: lazyRouteComponent(() => import("./pages/build/build-page.tsx"), "BuildPage"),
  loader: ({ location, params: { id } }) => load(buildQuery(id), location),
});

const trust = createRoute({
  getParentRoute: () => root,
  path: "/trust/$",
  component: lazyRouteComponent(() => import("./pages/trust/trust-page.tsx"), "TrustPage"),
  loader: ({ location, params: { _splat = "" } }) => load(repositoryQuery(_splat), location),
});

const programme = createRoute({
  getParentRoute: () => root,
  path: "/official",
  component: lazyRouteComponent(() => import("./pages/official/official-page.tsx"), "OfficialPage"),
  loader: ({ location }) => load(officialImagesQuery, location),
});

const submission = createRoute({
  getParentRoute: () => root,
  path: "/official/$id",
  component: lazyRouteComponent(
    () => import("./pages/official/submission-page.tsx"),
    "SubmissionPage",
  ),
  loader: ({ location, params: { id } }) => load(submissionQuery(id), location),
});

const tokens = createRoute({
  getParentRoute: () => root,
  path: "/account/tokens",
  component: lazyRouteComponent(() => import("./pages/tokens/tokens-page.tsx"), "TokensPage"),
  loader: ({ location }) => load(tokensQuery, location),
});

const organizations = createRoute({
  getParentRoute: () => root,
  path: "/o",
  component: lazyRouteComponent(
    () => import("./pages/organizations/organizations-page.tsx"),
    "OrganizationsPage",
  ),
  loader: ({ location }) => load(accountQuery, location),
});

const organization = createRoute({
  getParentRoute: () => root,
  path: "/o/$name",
  component: lazyRouteComponent(
    () => import("./pages/organization/organization-page.tsx"),
    "OrganizationPage",
  ),
  validateSearch: ({ tab, ...filter }) =>
    params({ tab: choiceParam(tab, ORGANIZATION_TABS), ...auditParams(filter) }),
  loader: ({ location, params: { name } }) => load(organizationQuery(name), location),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings/$",
  component: lazyRouteComponent(() => import("./pages/settings/settings-page.tsx"), "SettingsPage"),
  validateSearch: ({ tab }) => params({ tab: choiceParam(tab, SETTINGS_TABS) }),
  loader: ({ location, params: { _splat = "" } }) => load(repositoryQuery(_splat), location),
});

const policies = createRoute({
  getParentRoute: () => root,
  path: "/policies/$",
  component: lazyRouteComponent(() => import("./pages/policies/policies-page.tsx"), "PoliciesPage"),
  loader: ({ location, params: { _splat = "" } }) =>
    load(retentionQuery(scopeOf(_splat)), location),
});

const pullPolicies = createRoute({
  getParentRoute: () => root,
  path: "/pull-policies/$",
  component: lazyRouteComponent(
    () => import("./pages/pull-policies/pull-policies-page.tsx"),
    "PullPoliciesPage",
  ),
  loader: ({ location, params: { _splat = "" } }) =>
    load(pullPoliciesQuery(_splat === "" ? "hub" : _splat), location),
});

const account = createRoute({
  getParentRoute: () => root,
  path: "/account",
  component: lazyRouteComponent(() => import("./pages/account/account-page.tsx"), "AccountPage"),
  loader: ({ location }) => load(accountQuery, location),
});

const admin = createRoute({
  getParentRoute: () => root,
  path: "/admin",
  component: lazyRouteComponent(() => import("./pages/admin/admin-page.tsx"), "AdminPage"),
  validateSearch: ({ tab, ...filter }) =>
    params({ tab: choiceParam(tab, ADMIN_TABS), ...auditParams(filter) }),
  loader: ({ location }) => load(accountQuery, location),
});

const user = createRoute({
  getParentRoute: () => root,
  path: "/admin/users/$name",
  component: lazyRouteComponent(() => import("./pages/user/user-page.tsx"), "UserPage"),
  loader: ({ location, params: { name } }) => load(userQuery(name), location),
});

export const router = createRouter({
  routeTree: root.addChildren([
    ...[explore, signIn, signUp, confirm, reset],
    ...[repository, official, image, history, activity, compare, search, settings],
    ...[programme, submission, trust],
    ...[builds, build, organizations, organization, policies, pullPolicies, account, tokens],
    ...[admin, user],
  ]),
  // What was typed or chosen for one repository, organization or image is nothing for another.
  defaultRemountDeps: ({ routeId, params: named }) => ({ routeId, named }),
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  parseSearch,
  stringifySearch: printSearch,
  defaultErrorComponent: Failure,
  defaultPendingComponent: Loading,
  defaultNotFoundComponent: NotFound,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
