import { Checkbox, Select, Textarea } from "@mantine/core";
import { useState } from "react";
import { useHub } from "../../api/hub.ts";
import type { ScanFinding } from "../../api/images.ts";
import { type DecisionPlace, decisionDeeds, type NewDecision } from "../../api/scans.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { daysFromNow } from "../../parts/days-from-now.ts";
import { SmallForm, type Typed } from "../../parts/small-form.tsx";

type Status = NewDecision["status"];
type Justification = NonNullable<NewDecision["justification"]>;

const LASTING = ["30", "90", "365"] as const;

interface DecisionProps {
  readonly repository: string;
  readonly digest: string;
  readonly finding: ScanFinding;
  readonly onDone: () => void;
}

/** Says in the words of OpenVEX what becomes of a finding, why, where and for how long. */
export function DecisionForm({ repository, digest, finding, onDone }: DecisionProps) {
  const { decisions: texts, common } = useMessages();
  const [status, setStatus] = useState<Status>("not_affected");
  const decision = useDeed(decisionDeeds.decide, ["repository", repository, "scans"]);
  const { account } = useHub();
  const { hub, ...below } = texts.places;
  const places = account?.role === "administrator" ? { ...below, hub } : below;
  return (
    <SmallForm
      stacked
      label={texts.decideOn(finding.id)}
      submit={texts.decide}
      deed={decision}
      onSubmit={(typed) =>
        decision.mutate(
          { ...wishOf(typed, { status, digest, finding }), repository },
          { onSuccess: onDone },
        )
      }
    >
      <Select
        label={texts.status}
        data={choices(texts.statuses)}
        value={status}
        allowDeselect={false}
        onChange={(next) => setStatus(next as Status)}
      />
      {status === "not_affected" ? (
        <Select
          name="justification"
          label={texts.justification}
          data={choices(texts.justifications)}
          defaultValue="vulnerable_code_not_in_execute_path"
          allowDeselect={false}
        />
      ) : null}
      <Textarea name="reason" label={texts.reason} maxLength={2000} required />
      <Checkbox name="only" label={texts.onlyPackage(finding.package.name)} />
      <Select
        name="place"
        label={texts.place}
        data={choices(places)}
        defaultValue="repository"
        allowDeselect={false}
      />
      <Select
        name="days"
        label={texts.lasts}
        data={[
          ...LASTING.map((value) => ({ value, label: common.days(value) })),
          { value: "forever", label: common.forever },
        ]}
        defaultValue="90"
        allowDeselect={false}
      />
    </SmallForm>
  );
}

function wishOf(
  typed: Typed,
  { status, digest, finding }: Pick<DecisionProps, "digest" | "finding"> & { status: Status },
): NewDecision & { readonly place: DecisionPlace } {
  const place = typed("place") as DecisionPlace;
  const days = typed("days");
  return {
    ...{ vulnerability: finding.id, status, reason: typed("reason"), place },
    ...(status === "not_affected" && { justification: typed("justification") as Justification }),
    ...(typed("only") !== "" && { package: finding.package.name }),
    ...(place === "image" && { reference: digest }),
    ...(days !== "forever" && { expiresAt: daysFromNow(Number(days)) }),
  };
}

function choices(texts: Readonly<Record<string, string>>) {
  return Object.entries(texts).map(([value, label]) => ({ value, label }));
}
