import { expect, inject, test } from "vitest";
import { openCtr, openDocker, openPodman, openSkopeo } from "../harness/clients.ts";
import {
  buildImage,
  ociLayout,
  randomContext,
  randomLayer,
  writeOciLayout,
} from "../harness/images.ts";
import { writeTar } from "../harness/tar.ts";
import { stageForThisFile } from "./stage.ts";

// The disk is full from the first byte of an upload on: the refusal comes while the client is still sending. Clients talk to the
// hub itself here, because the recording proxy closes connections in ways the hub does not.
const stage = stageForThisFile({ env: { BERTH_FAIL_POINTS: "upload.append:enospc" } });

const BIG = 20_000_000;

test("docker is told that no space is left and does not try again", async () => {
  await using docker = await openDocker(inject("dockerSocket"));
  const image = `${stage.hub.host}/full/docker:1`;
  await docker.feed(randomContext(1, BIG), "build", "--quiet", "--tag", image, "-");

  const told = await docker.refused("push", image);

  expect(told).toContain("507 no space left on device");
  expect(told).not.toContain("Retrying");
});

test("skopeo is told so", async () => {
  await using skopeo = await openSkopeo(stage.hub.host);
  const layout = `${skopeo.home}/layout`;
  await writeOciLayout(layout, "1", buildImage({ layers: [randomLayer(BIG)] }));

  const told = await skopeo.refused(
    "copy",
    `oci:${layout}:1`,
    `docker://${stage.hub.host}/full/s:1`,
  );

  expect(told).toContain("507 no space left on device");
});

test("podman is told so", async () => {
  await using podman = await openPodman(stage.hub.host);
  const layout = `${podman.home}/layout`;
  await writeOciLayout(layout, "1", buildImage({ layers: [randomLayer(BIG)] }));
  const id = await podman.run("pull", "--quiet", `oci:${layout}:1`);

  const told = await podman.refused("push", id, `docker://${stage.hub.host}/full/podman:1`);

  expect(told).toContain("507 no space left on device");
});

test("ctr is told so and does not hang", async () => {
  await using ctr = await openCtr(inject("containerdSocket"));
  const name = `${stage.hub.host}/full/ctr:1`;
  const image = buildImage({ layers: [randomLayer(BIG)] });
  await ctr.feed(writeTar(ociLayout(name, image)), "images", "import", "--no-unpack", "-");

  const told = await ctr.refused("images", "push", "--plain-http", name);

  expect(told).toContain("507 no space left on device");
});
