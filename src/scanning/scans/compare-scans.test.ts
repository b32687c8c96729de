import { expect, test } from "vitest";
import type { ScanFinding } from "../../contract/scans.ts";
import type { PlacedPackage } from "../inventory/model.ts";
import { compareScans } from "./compare-scans.ts";

function placed(name: string, version: string): PlacedPackage {
  const place = { path: "var/lib/dpkg/status", layer: 0, ownedByDistribution: false };
  return { type: "deb", name, version, licences: [], ...place };
}

function finding(id: string, name: string): ScanFinding {
  return {
    ...{
      id,
      aliases: [],
      installed: [],
      ecosystem: "Debian:12",
      severity: "low",
      status: "fixed",
      fixedVersion: null,
      title: "",
    },
    ...{ cvss: null, epss: null, isKnownExploited: false, path: "x", layer: 0, introducedBy: null },
    package: { type: "deb", name, version: "1" },
  };
}

function side(packages: readonly PlacedPackage[], findings: readonly ScanFinding[] = []) {
  return { inventory: { packages, problems: [] }, findings };
}

test("packages are added, removed or changed, several versions of one included", () => {
  const from = side([
    placed("curl", "1"),
    placed("bash", "5"),
    placed("zlib", "1"),
    placed("a", "1"),
  ]);
  const to = side([
    placed("curl", "2"),
    placed("bash", "5"),
    placed("nginx", "3"),
    placed("a", "2"),
    placed("a", "1"),
  ]);
  expect(compareScans(from, to).packages).toEqual({
    added: [{ type: "deb", name: "nginx", versions: ["3"] }],
    removed: [{ type: "deb", name: "zlib", versions: ["1"] }],
    changed: [
      { type: "deb", name: "a", from: ["1"], to: ["1", "2"] },
      { type: "deb", name: "curl", from: ["1"], to: ["2"] },
    ],
  });
});

test("a finding that stays in a newer version of its package is neither added nor removed", () => {
  const stays = finding("CVE-1", "curl");
  const newer = { ...stays, package: { ...stays.package, version: "2" } };
  const from = side([], [stays, finding("CVE-2", "curl")]);
  const to = side([], [newer, finding("CVE-1", "nginx")]);
  const { added, removed } = compareScans(from, to).findings;
  expect(added.map(({ id, package: { name } }) => [id, name])).toEqual([["CVE-1", "nginx"]]);
  expect(removed.map(({ id }) => id)).toEqual(["CVE-2"]);
});
