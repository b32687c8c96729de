import type { Analyser } from "./model.ts";

const LISTS = /^var\/lib\/dpkg\/info\/[^/]+\.list$/;
const CHECKSUMS = /^var\/lib\/dpkg\/status\.d\/[^/]+\.md5sums$/;
/** `d41d8cd98f00b204e9800998ecf8427e  usr/bin/env` */
const CHECKSUM_LENGTH = 34;

/** Which files belong to packages of dpkg, of those that somebody asks for. */
export function createDpkgOwnershipAnalyser(isAskedFor: (path: string) => boolean): Analyser {
  return {
    name: "dpkg ownership",
    maxBytes: 16 * 1024 * 1024,
    wants: ({ path }) => LISTS.test(path) || CHECKSUMS.test(path),
    analyse: ({ path }, content) => {
      const lead = path.endsWith(".list") ? 0 : CHECKSUM_LENGTH;
      const paths = content
        .toString("utf8")
        .split("\n")
        .map((line) => line.slice(lead).replace(/^\/+/, ""));
      return { ownedPaths: paths.filter((owned) => owned !== "" && isAskedFor(owned)) };
    },
  };
}
