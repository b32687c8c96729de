import { Button, Text } from "@mantine/core";
import { useRepositoryRights } from "../../api/repositories.ts";
import { decisionDeeds, type VexRemark } from "../../api/scans.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

/** What people decided about a finding, and what documents beside the image claim. */
export function Remarks(props: {
  readonly id: string;
  readonly repository: string;
  readonly remarks: readonly VexRemark[];
}) {
  return props.remarks.map((remark) => (
    <Remark
      key={`${remark.from} ${remark.id ?? remark.document ?? ""}`}
      {...props}
      remark={remark}
    />
  ));
}

function Remark(props: {
  readonly id: string;
  readonly repository: string;
  readonly remark: VexRemark;
}) {
  const { remark, repository, id } = props;
  const { decisions: texts } = useMessages();
  const may = useRepositoryRights(repository);
  const revocation = useDeed(decisionDeeds.revoke, ["repository", repository, "scans"]);
  const { from, author, scope, status, justification, reason, expiresAt, id: decision } = remark;
  const places = {
    ...{ hub: texts.hub, namespace: repository.split("/", 1)[0], repository },
    image: texts.places.image,
  };
  const place = scope.name ?? places[scope.kind] ?? "";
  return (
    <>
      <Text size="xs" component="div" className="name">
        {from === "decision" ? texts.decided(author, place) : texts.claimed(author)}:{" "}
        <strong>{texts.statuses[status]}</strong>
        {justification === null ? "" : `, ${texts.justifications[justification]}`}. {reason}{" "}
        {expiresAt === null ? null : (
          <>
            ({texts.until} <TimeAgo at={expiresAt} />)
          </>
        )}
      </Text>
      {from === "decision" && decision !== null && may.includes("admin") ? (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={texts.revokeOne(id)}
          loading={revocation.isPending}
          onClick={() => revocation.mutate(decision)}
        >
          {texts.revoke}
        </Button>
      ) : null}
      <ProblemText error={revocation.error} />
    </>
  );
}
