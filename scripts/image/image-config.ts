/** Who Berth is inside the container; a number that no distribution gives away, the same as in Google's distroless images. */
export const USER = { name: "berth", id: 65532, home: "/var/lib/registry" } as const;

/** Where the application lies in the image. */
export const APPLICATION = "usr/lib/berth";

export type ImageFacts = {
  readonly version: string;
  readonly architecture: string;
  readonly created: string;
};

/** The image's configuration, apart from its layers. */
export function imageConfig({ version, architecture, created }: ImageFacts) {
  return {
    created,
    architecture,
    os: "linux",
    config: {
      User: `${USER.id}:${USER.id}`,
      ExposedPorts: { "5000/tcp": {} },
      Env: [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        `HOME=${USER.home}`,
        "NODE_ENV=production",
      ],
      Entrypoint: ["berth"],
      Cmd: ["serve"],
      Volumes: { [USER.home]: {} },
      WorkingDir: USER.home,
      StopSignal: "SIGTERM",
      Labels: {
        "org.opencontainers.image.title": "Berth",
        "org.opencontainers.image.description": "A self-hosted hub for container images",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.created": created,
      },
    },
  };
}
