/**
 * `node scripts/bundle.ts DIRECTORY`: puts the program and the libraries it uses into a few dozen files below DIRECTORY. As 2,600 files,
 * most of a start went to finding and linking them.
 */
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { type Plugin, rolldown } from "rolldown";

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("bundle: into which directory?");
process.chdir(join(import.meta.dirname, ".."));

/** Loaded from node_modules when they are asked for: machine code, and what seldom comes up. */
const APART = ["koffi", "@node-rs/bcrypt", "ae-cvss-calculator", "pino-pretty"];

/** Libraries that another one would use if they were there. */
const ABSENT = ["xmlbuilder2"];

const OWN = /^(?!.*node_modules).*\/src\//;

/** What node:http has beside its exports and nobody uses here takes longer to load than all else of it. */
const PREFIX = "\0builtin:";

const builtinsOnDemand: Plugin = {
  name: "builtins-on-demand",
  resolveId: (id, _importer, { kind }) =>
    isBuiltin(id) && kind === "import-statement" ? PREFIX + id : null,
  load: (id) => (id.startsWith(PREFIX) ? writeBuiltin(id.slice(PREFIX.length)) : null),
};

/** `import` of a builtin reads each of its properties, also those that load half of Node when they are read; this reads those that are used. */
function writeBuiltin(id: string): string {
  const builtin = `/* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(id)})`;
  const names = Object.keys(process.getBuiltinModule(id) ?? {}).filter((name) =>
    /^[A-Za-z_$][\w$]*$/.test(name),
  );
  const exported = names.map(
    (name, index) =>
      `const _${index} = /* @__PURE__ */ (() => builtin[${JSON.stringify(name)}])();\nexport { _${index} as ${name} };`,
  );
  return [`const builtin = ${builtin};`, "export default builtin;", ...exported].join("\n");
}

// In one folder two levels below the root, from where files of the clone are found as from the sources; the names of chunks tell their content.
await using bundle = await rolldown({
  input: {
    main: "src/app/main.ts",
    "import-worker": "src/advisories/update/import-worker.ts",
    "layer-worker": "src/scanning/worker/layer-worker.ts",
  },
  platform: "node",
  external: [...APART, ...ABSENT],
  plugins: [builtinsOnDemand],
  // No module of ours does anything by being imported, so that nothing loads what it does not use of a capability.
  treeshake: { moduleSideEffects: [{ test: OWN, sideEffects: false }] },
  // How long it took is no fault: a busy machine would get no program at all.
  checks: { bundlerTimings: false },
  onLog: (level, log) => {
    if (level === "warn") throw new Error(`bundle: ${log.message}`);
  },
});
await bundle.write({
  dir: directory,
  format: "esm",
  entryFileNames: "app/[name].js",
  chunkFileNames: "app/[name]-[hash].js",
});
