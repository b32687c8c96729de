import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { writeElf } from "../../../../test/harness/elf.ts";
import { makeTempDirectory } from "../../../../test/harness/temp-directory.ts";
import { analyse, listed } from "./analyse.fixture.ts";

const run = promisify(execFile);
const SENTINEL = "0123456789abcdef";
const MODULES = [
  "path\texample.com/tool/cmd/tool",
  "mod\texample.com/tool\t(devel)\t",
  "dep\tgolang.org/x/net\tv0.7.0\th1:rJrUqqhjsgNp7KqAIc25s9pZnjU7TUcSY7HcVZjdn1g=",
  "dep\tgithub.com/gogo/protobuf\tv1.3.1",
  "=>\tgithub.com/regen-network/protobuf\tv1.3.3-alpha.regen.1\th1:OHEc+q5iIAXpqiqFKeLpu5NwTIkVXUs48vFMwzqpqY4=",
  "dep\texample.com/lib\tv1.0.0",
  "=>\t../lib\t(devel)",
  "build\t-compiler=gc",
  "",
].join("\n");
const EXPECTED = [
  "example.com/tool (devel)",
  "golang.org/x/net v0.7.0",
  "github.com/regen-network/protobuf v1.3.3-alpha.regen.1",
  "example.com/lib v1.0.0",
];
const wrapped = `${SENTINEL}${MODULES}${SENTINEL}`;

function header(pointerSize: number, flags: number): Buffer {
  const bytes = Buffer.alloc(32);
  bytes.write("\u00ff Go buildinf:", "latin1");
  bytes[14] = pointerSize;
  bytes[15] = flags;
  return bytes;
}

function varint(value: number): Buffer {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    bytes.push(rest >= 128 ? (rest % 128) + 128 : rest);
    if (rest < 128) return Buffer.from(bytes);
  }
}

const inline = (version: string) =>
  Buffer.concat([
    header(8, 2),
    varint(version.length),
    Buffer.from(version),
    varint(wrapped.length),
    Buffer.from(wrapped),
  ]);

/** As Go wrote it until 1.17: two pointers to texts, each an address and a length. */
function pointers(is64: boolean, isBigEndian: boolean): Buffer {
  const address = 0x400000;
  const version = "go1.16.15";
  const size = is64 ? 8 : 4;
  const words = Buffer.alloc(4 * size);
  const texts = address + 32 + 4 * size;
  const put = (target: Buffer, at: number, value: number) => {
    if (is64) {
      if (isBigEndian) target.writeBigUInt64BE(BigInt(value), at);
      else target.writeBigUInt64LE(BigInt(value), at);
    } else if (isBigEndian) target.writeUInt32BE(value, at);
    else target.writeUInt32LE(value, at);
  };
  for (const [index, value] of [
    texts,
    version.length,
    texts + version.length,
    wrapped.length,
  ].entries()) {
    put(words, index * size, value);
  }
  const head = header(size, isBigEndian ? 1 : 0);
  put(head, 16, address + 32);
  put(head, 16 + size, address + 32 + 2 * size);
  const content = Buffer.concat([
    head,
    words,
    Buffer.from(version),
    Buffer.from(wrapped),
    Buffer.alloc(1024),
  ]);
  return writeElf({ is64, isBigEndian, address, sections: [{ name: ".go.buildinfo", content }] });
}

function program(content: Buffer, isStripped = false): Buffer {
  const sections = [
    { name: ".go.buildinfo", content: Buffer.concat([content, Buffer.alloc(1024)]) },
  ];
  return writeElf({ is64: true, isBigEndian: false, address: 0x400000, sections, isStripped });
}

test.each([
  [true, true],
  [true, false],
  [false, true],
  [false, false],
])("an old program of Go is read by its pointers (64 bits: %s, big-endian: %s)", (is64, isBig) => {
  const report = analyse("usr/bin/tool", pointers(is64, isBig), 0o755);
  expect(report?.problem).toBeUndefined();
  expect(listed(report)).toEqual(["stdlib 1.16.15", ...EXPECTED]);
});

test("a program of Go says what it was built of, also without its section headers", () => {
  for (const isStripped of [false, true]) {
    const report = analyse("usr/bin/tool", program(inline("go1.22.1"), isStripped), 0o755);
    expect(listed(report)).toEqual(["stdlib 1.22.1", ...EXPECTED]);
  }
});

test.each([
  ["go1.22.1 X:boringcrypto,nocoverageredesign", "1.22.1"],
  ["go1.19.8-fips", "1.19.8"],
  ["go1.20", "1.20"],
  ["go1.21rc2", "1.21.0-rc.2"],
])("the toolchain %s has the standard library %s", (toolchain, version) => {
  const report = analyse("usr/bin/tool", program(inline(toolchain)), 0o755);
  expect(listed(report)[0]).toBe(`stdlib ${version}`);
});

test("a toolchain between releases has no version of the standard library", () => {
  const report = analyse(
    "usr/bin/tool",
    program(inline("devel go1.23-a1b2c3 Thu Jan 1 00:00:00 2024")),
    0o755,
  );
  expect(listed(report)).toEqual(EXPECTED);
});

test("a real program of Go with a module that was replaced by a folder", async () => {
  await using directory = await makeTempDirectory("go");
  const files = {
    "go.mod":
      "module example.com/tool\n\ngo 1.19\n\nrequire example.com/lib v1.2.3\n\nreplace example.com/lib => ./lib\n",
    "main.go": 'package main\n\nimport "example.com/lib"\n\nfunc main() { println(lib.Name) }\n',
    "lib/go.mod": "module example.com/lib\n\ngo 1.19\n",
    "lib/lib.go": 'package lib\n\nvar Name = "lib"\n',
  };
  await mkdir(path.join(directory.path, "lib"));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(directory.path, name), text);
  }
  const env = {
    ...process.env,
    GOFLAGS: "-mod=mod",
    GOPROXY: "off",
    CGO_ENABLED: "0",
    GOCACHE: path.join(directory.path, "cache"),
  };
  await run("go", ["build", "-o", "tool"], { cwd: directory.path, env });
  const { stdout } = await run("go", ["env", "GOVERSION"], { env });
  const report = analyse("usr/bin/tool", await readFile(path.join(directory.path, "tool")), 0o755);
  expect(listed(report)).toEqual([
    `stdlib ${stdout.trim().replace(/^go/, "")}`,
    "example.com/tool (devel)",
    "example.com/lib v1.2.3",
  ]);
});

test("a program of Rust carries what `cargo auditable` noted, without what only built it", () => {
  const packages = [
    { name: "tool", version: "0.1.0", source: "local", root: true, dependencies: [1, 2] },
    { name: "smallvec", version: "1.6.0", source: "crates.io" },
    { name: "cc", version: "1.0.0", source: "crates.io", kind: "build" },
  ];
  const content = deflateSync(JSON.stringify({ packages }));
  const sections = [
    { name: ".text", content: Buffer.alloc(1024) },
    { name: ".dep-v0", content },
  ];
  const elf = writeElf({ is64: true, isBigEndian: false, address: 0x400000, sections });
  expect(listed(analyse("usr/bin/tool", elf, 0o755))).toEqual(["smallvec 1.6.0"]);
});

test("a bomb in the place of Rust's notes is a problem of that file", () => {
  const content = deflateSync(Buffer.alloc(64 * 1024 * 1024));
  const sections = [{ name: ".dep-v0", content }];
  const elf = writeElf({ is64: true, isBigEndian: false, address: 0x400000, sections });
  expect(analyse("usr/bin/tool", elf, 0o755)?.problem).toBeDefined();
});
