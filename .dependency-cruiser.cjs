const SPINE = "(lib|oci|contract|platform|client|cli|app)";

module.exports = {
  forbidden: [
    { name: "lib-is-alone", severity: "error", from: { path: "^src/lib/" }, to: { path: "^src/", pathNot: "^src/lib/" } },
    { name: "oci-is-pure", severity: "error", from: { path: "^src/oci/" }, to: { path: "^src/", pathNot: "^src/(oci|lib)/" } },
    { name: "contract-is-pure", severity: "error", from: { path: "^src/contract/" }, to: { path: "^src/", pathNot: "^src/(contract|oci)/" } },
    { name: "platform-knows-no-capability", severity: "error", from: { path: "^src/platform/" }, to: { path: "^src/", pathNot: "^src/(platform|oci|lib)/" } },
    { name: "cli-speaks-http-only", severity: "error", from: { path: "^src/(cli|client)/" }, to: { path: "^src/", pathNot: "^src/(cli|client|contract|oci|lib)/" } },
    {
      name: "capability-by-its-front-door",
      severity: "error",
      from: { path: "^src/(?!app/)([^/]+)/" },
      to: { path: `^src/(?!${SPINE}/)[^/]+/(?!index\\.ts$)`, pathNot: "^src/$1/" },
    },
    { name: "nobody-imports-app", severity: "error", from: { pathNot: "^src/app/" }, to: { path: "^src/app/" } },
    {
      // Schemas as types: their code stays with the hub, and out of what browsers load.
      name: "pages-know-the-contract-by-type",
      severity: "error",
      from: { path: "^web/src/" },
      to: { path: "^src/", pathNot: "^src/contract/" },
    },
    {
      name: "pages-load-no-schemas",
      severity: "error",
      from: { path: "^web/src/" },
      to: { path: "^src/contract/", dependencyTypesNot: ["type-only"] },
    },
    { name: "hub-knows-no-pages", severity: "error", from: { path: "^src/" }, to: { path: "^web/" } },
    { name: "resolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    { name: "no-folder-cycles", scope: "folder", severity: "error", from: {}, to: { circular: true } },
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: "(\\.d|\\.test|main)\\.tsx?$" }, to: {} },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
    tsConfig: { fileName: "tsconfig.json" },
  },
};
