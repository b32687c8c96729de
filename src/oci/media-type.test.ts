import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDescriptor } from "./descriptor.ts";
import {
  accepts,
  DOCKER_IMAGE,
  DOCKER_LIST,
  isForeignLayer,
  isImageMediaType,
  isIndexMediaType,
  isSchema1,
  OCI_ARTIFACT,
  OCI_IMAGE,
  OCI_INDEX,
  parseMediaType,
} from "./media-type.ts";

describe("a media type", () => {
  test.each([
    [undefined, undefined],
    ["", undefined],
    [" ; charset=utf-8", undefined],
    [OCI_IMAGE, OCI_IMAGE],
    [`${OCI_IMAGE}; charset=utf-8`, OCI_IMAGE],
    [`${OCI_IMAGE};charset=utf-8;x=y`, OCI_IMAGE],
    [` ${OCI_IMAGE.toUpperCase()} `, OCI_IMAGE],
  ])("%j is read as %j", (header, expected) => {
    expect(parseMediaType(header)).toBe(expected);
  });

  test("is that of an image, of an index, of schema 1, or none of them", () => {
    expect([OCI_IMAGE, OCI_ARTIFACT, DOCKER_IMAGE].every(isImageMediaType)).toBe(true);
    expect([OCI_INDEX, DOCKER_LIST].every(isIndexMediaType)).toBe(true);
    const schema1 = ["json", "prettyjws"].map(
      (suffix) => `application/vnd.docker.distribution.manifest.v1+${suffix}`,
    );
    expect(schema1.every(isSchema1)).toBe(true);
    for (const type of [...schema1, "application/json", "constructor", ""]) {
      expect(isImageMediaType(type) || isIndexMediaType(type)).toBe(false);
    }
    expect(isSchema1(OCI_IMAGE)).toBe(false);
  });
});

describe("a layer that need not be here", () => {
  const layer = (mediaType: string, urls?: readonly string[]) =>
    parseDescriptor({ mediaType, digest: `sha256:${"0".repeat(64)}`, size: 1, urls }, "layer");

  test.each([
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
  ])("is one of type %s", (type) => {
    expect(isForeignLayer(layer(type))).toBe(true);
  });

  test("is any that says where else to get it", () => {
    const type = "application/vnd.oci.image.layer.v1.tar";
    expect(isForeignLayer(layer(type, ["https://example.com/layer"]))).toBe(true);
    expect(isForeignLayer(layer(type, []))).toBe(false);
    expect(isForeignLayer(layer(type))).toBe(false);
    expect(isForeignLayer(layer(`x${type}.nondistributable`))).toBe(false);
  });
});

describe("an Accept field", () => {
  test.each<[string, readonly string[]]>([
    ["no field", []],
    ["an empty field", [""]],
    ["the type", [OCI_INDEX]],
    ["the type in other case", [OCI_INDEX.toUpperCase()]],
    ["the type with a weight", [`${OCI_INDEX};q=0.5`]],
    ["the type in a list", [`${OCI_IMAGE}, ${OCI_INDEX}`]],
    ["the type on a line of its own", [OCI_IMAGE, DOCKER_LIST, OCI_INDEX]],
    ["everything", [`${OCI_IMAGE}, */*`]],
    ["every application type", ["application/*"]],
    ["what old clients send", ["application/json"]],
    ["everything but another type", [`*/*, ${OCI_IMAGE};q=0`]],
    ["a weight just above zero", [`${OCI_INDEX};q=0.001`]],
  ])("takes an index: %s", (_, values) => {
    expect(accepts(values, OCI_INDEX)).toBe(true);
  });

  test.each<[string, readonly string[]]>([
    ["another type", [OCI_IMAGE]],
    ["other types on several lines", [OCI_IMAGE, DOCKER_IMAGE]],
    ["another kind of type", ["text/*"]],
    ["the type with no weight", [`${OCI_INDEX};q=0`]],
    ["the type with no weight, in full", [`${OCI_INDEX}; Q=0.000`]],
    ["everything but the type", [`*/*, ${OCI_INDEX};q=0`]],
    ["nothing", ["*/*;q=0"]],
    ["a type that starts like it", [`${OCI_INDEX}x`]],
  ])("does not take an index: %s", (_, values) => {
    expect(accepts(values, OCI_INDEX)).toBe(false);
  });

  test("means the same in one line as in several, in any order", () => {
    const range = fc.constantFrom(
      OCI_INDEX,
      OCI_IMAGE,
      "*/*",
      "text/plain",
      `${OCI_IMAGE};q=0`,
      "*/*;q=0",
    );
    fc.assert(
      fc.property(fc.array(range), (ranges) => {
        const inOneLine = accepts([ranges.join(", ")], OCI_INDEX);
        expect(accepts(ranges, OCI_INDEX)).toBe(inOneLine);
        expect(accepts(ranges.toReversed(), OCI_INDEX)).toBe(inOneLine);
      }),
    );
  });
});
