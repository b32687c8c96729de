import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { hubQuery } from "./api/hub.ts";
import { queryClient } from "./api/query-client.ts";
import { REPOSITORY_ORDERS, repositoryQuery } from "./api/repositories.ts";
import { load } from "./load.ts";
import { ExplorePage } from "./pages/explore/explore-page.tsx";
import { choiceParam, ownPath, params, textParam } from "./search-params.ts";
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

export const router = createRouter({
  routeTree: root.addChildren([explore, signIn, repository, official]),
  defaultPreload: "intent",
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultErrorComponent: Failure,
  defaultPendingComponent: Loading,
  defaultNotFoundComponent: NotFound,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
