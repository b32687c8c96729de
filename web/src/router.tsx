import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { hubQuery } from "./api/hub.ts";
import { imageQuery } from "./api/images.ts";
import { queryClient } from "./api/query-client.ts";
import { REPOSITORY_ORDERS, repositoryQuery } from "./api/repositories.ts";
import { tokensQuery } from "./api/tokens.ts";
import { load } from "./load.ts";
import { ExplorePage } from "./pages/explore/explore-page.tsx";
import {
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
  validateSearch: ({ q, order }) =>
    params({ q: textParam(q), order: choiceParam(order, REPOSITORY_ORDERS) }),
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
  loader: ({ location, params: { _splat = "" } }) => load(repositoryQuery(_splat), location),
});

const official = createRoute({
  getParentRoute: () => root,
  path: "/_/$",
  component: RepositoryPage,
  loader: ({ location, params: { _splat = "" } }) =>
    load(repositoryQuery(`library/${_splat}`), location),
});

const image = createRoute({
  getParentRoute: () => root,
  path: "/image/$",
  component: lazyRouteComponent(() => import("./pages/image/image-page.tsx"), "ImagePage"),
  validateSearch: ({ reference }) => params({ reference: textParam(reference) }),
  loaderDeps: ({ search: { reference = "latest" } }) => ({ reference }),
  loader: ({ location, deps, params: { _splat = "" } }) =>
    load(imageQuery(_splat, deps.reference), location),
});

const history = createRoute({
  getParentRoute: () => root,
  path: "/history/$",
  component: lazyRouteComponent(() => import("./pages/history/history-page.tsx"), "HistoryPage"),
  validateSearch: ({ tag }) => params({ tag: textParam(tag) }),
  loader: ({ location, params: { _splat = "" } }) => load(repositoryQuery(_splat), location),
});

const tokens = createRoute({
  getParentRoute: () => root,
  path: "/account/tokens",
  component: lazyRouteComponent(() => import("./pages/tokens/tokens-page.tsx"), "TokensPage"),
  loader: ({ location }) => load(tokensQuery, location),
});

export const router = createRouter({
  routeTree: root.addChildren([
    ...[explore, signIn, signUp, confirm, reset],
    ...[repository, official, image, history, tokens],
  ]),
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
