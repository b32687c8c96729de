import { expect, test } from "vitest";
import { printInner } from "./stages.ts";

test("a build is refused the addresses of the machine, public ones too", () => {
  const script = printInner(["127.0.0.1", "203.0.113.7", "2001:db8::7"]);
  const [, filter = ""] = /^iptables-restore <<'end'\n(.*?)^COMMIT$/ms.exec(script) ?? [];
  expect(filter).toContain("\n-A OUTPUT -d 203.0.113.7 -j REJECT\n");
  expect(filter).toContain("\n-A OUTPUT -d 10.0.0.0/8 -j REJECT\n");
  expect(filter).not.toContain("2001:db8::7");
  expect(filter).not.toContain("FILTER");
});

test("a build is refused the networks that an administrator names", () => {
  const script = printInner(["198.51.100.0/24", "2001:db8::/32"]);
  expect(script).toContain("\n-A OUTPUT -d 198.51.100.0/24 -j REJECT\n");
  expect(script).not.toContain("2001:db8::");
});
