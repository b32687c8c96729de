import { Progress, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type Quota, quotaQuery } from "../api/usage.ts";
import { useMessages } from "../messages/use-messages.ts";
import { QuotaForm } from "./quota-form.tsx";
import { Section } from "./section.tsx";
import { UsageCharts } from "./usage-charts.tsx";
import { useByteSize } from "./use-byte-size.ts";
import { useCount } from "./use-count.ts";

const RESOURCES = ["bytes", "tags", "repositories"] as const;

/** What is stored, of what may be, and how it went: of a repository, a namespace, or the whole hub. */
export function UsageView(props: {
  /** `hub`, `namespaces/acme` or `repositories/acme/api`. */
  readonly place: string;
  readonly isSettable: boolean;
}) {
  const { place, isSettable } = props;
  const { organizations: texts, usage } = useMessages();
  const quota = useQuery({ ...quotaQuery(place), throwOnError: true });
  return (
    <Stack>
      <Section title={texts.quota}>
        {quota.data === undefined ? null : (
          <Stack>
            <QuotaBars quota={quota.data} />
            {isSettable ? <QuotaForm place={place} quota={quota.data} /> : null}
          </Stack>
        )}
      </Section>
      <Section title={usage.title}>
        <UsageCharts place={place} />
      </Section>
    </Stack>
  );
}

function QuotaBars({ quota }: { readonly quota: Quota }) {
  const { organizations: texts, common } = useMessages();
  const sizeOf = useByteSize();
  const countOf = useCount();
  return (
    <Stack>
      {RESOURCES.map((resource) => {
        const { limit, used } = quota[resource];
        const print = resource === "bytes" ? sizeOf : countOf;
        const share = limit === null ? 0 : (100 * used) / Math.max(limit, 1);
        return (
          <div key={resource}>
            <Text>
              {texts.resources[resource]}:{" "}
              {texts.used(print(used), limit === null ? common.unlimited : print(limit))}
            </Text>
            {limit === null ? null : (
              <Progress
                value={Math.min(share, 100)}
                color={share >= 100 ? "red" : "blue"}
                aria-label={texts.resources[resource]}
              />
            )}
          </div>
        );
      })}
      {quota.bytes.arriving === 0 ? null : (
        <Text size="sm">{texts.arriving(sizeOf(quota.bytes.arriving))}</Text>
      )}
    </Stack>
  );
}
