import { expect, test } from "vitest";
import { parseSourceAddress } from "../git/source-address.ts";
import { resolveSubmodule } from "./submodule-address.ts";

const source = parseSourceAddress("https://git.example/acme/api.git");
const resolve = (written: string, parent = source) =>
  resolveSubmodule(written, { parent, source, hosts: ["other.example"] });

test.each([
  ["../lib.git", "https://git.example/acme/lib.git", true],
  ["./sub", "https://git.example/acme/api.git/sub", true],
  ["../../tools/x.git", "https://git.example/tools/x.git", true],
  ["https://git.example/a/b.git", "https://git.example/a/b.git", true],
  ["https://other.example/a/b.git", "https://other.example/a/b.git", false],
  // Whoever answers on another port is another: it is not shown what proves who asks.
  ["https://git.example:8443/a/b.git", "https://git.example:8443/a/b.git", false],
])("%s is fetched from %s", (written, url, isOwnServer) => {
  expect(resolve(written)).toMatchObject({ address: { url }, isOwnServer });
});

test.each([
  ["../../../x", "leads out of the server"],
  ["../a/../../b", "leads back on its way"],
  ["https://evil.example/a.git", "none of the hosts"],
  ["git@git.example:acme/lib.git", "by https alone"],
  ["ssh://git@other.example/lib.git", "by https alone"],
  ["file:///etc", "https or ssh"],
  ["/srv/git/x.git", "write https"],
  ["ext::sh -c id", "https or ssh"],
  ["https://u:p@other.example/x.git", "must not hold a name"],
  ["--upload-pack=id", "write https"],
])("%s is refused", (written, why) => {
  expect(() => resolve(written)).toThrow(why);
});
