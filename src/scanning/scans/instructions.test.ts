import { expect, test } from "vitest";
import { instructionsOf, toInstruction } from "./instructions.ts";

test.each([
  ["/bin/sh -c apt-get update", "RUN apt-get update"],
  ['/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'],
  ["/bin/sh -c #(nop) ADD file:1f2a in / ", "ADD file:1f2a in /"],
  ["RUN /bin/sh -c apt-get install -y nginx # buildkit", "RUN apt-get install -y nginx"],
  ["RUN |1 VERSION=1.2 /bin/sh -c make # buildkit", "RUN make"],
  ["|1 VERSION=1.2 /bin/sh -c make", "RUN make"],
  ["COPY . /app # buildkit", "COPY . /app"],
  ["debuerreotype 0.15", "debuerreotype 0.15"],
])("%j was written as %j", (createdBy, instruction) => {
  expect(toInstruction(createdBy)).toBe(instruction);
});

test("each layer gets the instruction that made it; entries without a layer are left out", () => {
  const instructions = instructionsOf({
    ...{ os: "linux", architecture: "arm64" },
    diffIds: ["sha256:a", "sha256:b", "sha256:c"],
    history: [
      { createdBy: "ADD rootfs.tar /", isEmptyLayer: false },
      { createdBy: "ENV A=1", isEmptyLayer: true },
      { createdBy: "COPY . /app # buildkit", isEmptyLayer: false },
    ],
  });
  expect(instructions).toEqual(["ADD rootfs.tar /", "COPY . /app", null]);
});
