import { expect, test } from "vitest";
import type { FeedRecord } from "../record.ts";
import { ubuntuOval } from "./ubuntu-oval.ts";

/** In the form of Ubuntu's files of today, with each of its turns of phrase: CVE-2022-32325 as MaineK00n/vuls-data-update@1bed15e has it in JSON. */
const DOCUMENT = `<?xml version="1.0" ?>
<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:oval="http://oval.mitre.org/XMLSchema/oval-common-5">
  <generator><oval:timestamp>2022-08-01T00:00:00</oval:timestamp></generator>
  <definitions>
    <definition class="inventory" id="oval:com.ubuntu.jammy:def:100" version="1"><metadata><title>Check that Ubuntu 22.04 LTS (jammy) is installed.</title></metadata></definition>
    <definition class="vulnerability" id="oval:com.ubuntu.jammy:def:2022323250000000" version="1">
      <metadata>
        <title>CVE-2022-32325 on Ubuntu 22.04 LTS (jammy) - low.</title>
        <description>JPEGOPTIM v1.4.7 was discovered to contain a segmentation violation which is caused by a READ memory access at jpegoptim.c.</description>
        <affected family="unix"><platform>Ubuntu 22.04 LTS</platform></affected>
        <reference source="CVE" ref_id="CVE-2022-32325" ref_url="https://cve.mitre.org/cgi-bin/cvename.cgi?name=CVE-2022-32325" />
        <advisory><severity>Low</severity><public_date>2022-07-01 22:15:00 UTC</public_date></advisory>
      </metadata>
      <criteria>
        <extend_definition definition_ref="oval:com.ubuntu.jammy:def:100" comment="Ubuntu 22.04 LTS (jammy) is installed." applicability_check="true" />
        <criteria operator="OR">
          <criterion test_ref="oval:com.ubuntu.jammy:tst:2018114160000000" comment="jpegoptim package in jammy is affected, but a decision has been made to defer addressing it (note: &apos;2022-07-25&apos;)." />
          <criterion test_ref="oval:com.ubuntu.jammy:tst:1" comment="libjpeg9 package in jammy was vulnerable but has been fixed (note: '1:9d-1ubuntu2')." />
          <criterion test_ref="oval:com.ubuntu.jammy:tst:3" comment="(CVE-2022-0001) curl source package in jammy, is related to the CVE in some way and has been fixed (note: '7.81.0-1 ')." />
          <criterion test_ref="oval:com.ubuntu.jammy:tst:4" comment="mysql-5.7 package in jammy, is related to the CVE in some way and has been fixed (note: '8.0 only')." />
          <criterion test_ref="oval:com.ubuntu.jammy:tst:2" comment="other package in esm-apps/jammy is affected and needs fixing." />
        </criteria>
      </criteria>
    </definition>
  </definitions>
  <tests></tests>
</oval_definitions>
`;

async function read(text: string): Promise<FeedRecord[]> {
  const bytes = Buffer.from(text);
  async function* open() {
    // In pieces, as files come.
    for (let at = 0; at < bytes.length; at += 500) yield bytes.subarray(at, at + 500);
  }
  return await Array.fromAsync(ubuntuOval.read({ path: "jammy.xml", open }));
}

test("Ubuntu's criteria say in words which source is affected in a release, and until when", async () => {
  expect(ubuntuOval.recognises({ path: "jammy.xml", head: DOCUMENT.slice(0, 1000) })).toBe(true);
  const own = { kind: "affected", source: "ubuntu-oval-jammy", ecosystem: "Ubuntu:22.04" };
  const said = { ...own, id: "CVE-2022-32325", severity: "low" };
  const records = await read(DOCUMENT);
  expect(records.filter(({ kind }) => kind === "affected")).toEqual([
    { ...said, name: "jpegoptim", affected: ["(,)"], status: "fix-deferred" },
    { ...said, name: "libjpeg9", affected: ["(,1:9d-1ubuntu2)"] },
    { ...said, id: "CVE-2022-0001", name: "curl", affected: ["(,7.81.0-1)"] },
  ]);
  expect(records).toContainEqual({ kind: "feed", source: "ubuntu-oval-jammy", date: "2022-08-01" });
  expect(records).toContainEqual(
    expect.objectContaining({ kind: "detail", id: "CVE-2022-32325", published: "2022-07-01" }),
  );
});

test("a document without its end is refused", async () => {
  await expect(read(DOCUMENT.slice(0, -20))).rejects.toThrow(/cut off/);
});
