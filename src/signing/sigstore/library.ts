import { createRequire } from "node:module";

/** Sigstore's libraries take more than a tenth of a second to load, which a hub that starts, or signs nothing, need not wait for. */
const load = createRequire(import.meta.url);

export function loadVerify(): typeof import("@sigstore/verify") {
  return load("@sigstore/verify") as typeof import("@sigstore/verify");
}

export function loadBundle(): typeof import("@sigstore/bundle") {
  return load("@sigstore/bundle") as typeof import("@sigstore/bundle");
}

export function loadCore(): typeof import("@sigstore/core") {
  return load("@sigstore/core") as typeof import("@sigstore/core");
}

export function loadSpecs(): typeof import("@sigstore/protobuf-specs") {
  return load("@sigstore/protobuf-specs") as typeof import("@sigstore/protobuf-specs");
}
