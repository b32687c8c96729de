import { Badge, List, Select, Text, Textarea } from "@mantine/core";
import { useHub } from "../../api/hub.ts";
import { OFFICIAL_KEY, officialDeeds, type Submission } from "../../api/official.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Section } from "../../parts/section.tsx";
import { SmallForm } from "../../parts/small-form.tsx";
import { TimeAgo } from "../../parts/time-ago.tsx";

type Verdict = Submission["reviews"][number]["verdict"];

const VERDICTS = ["approve", "request changes"] as const satisfies readonly Verdict[];
const REVIEWED: readonly Submission["state"][] = ["ready", "in review", "staged"];
const LONGEST_NOTE = 5000;

/** Who said what of it, what is still missing, and saying something oneself. */
export function ReviewsSection({ submission }: { readonly submission: Submission }) {
  const { official: texts } = useMessages();
  const { account } = useHub();
  const { reviews, approvals, approvalsNeeded, unanswered, objections, digest } = submission;
  const isOpen = REVIEWED.includes(submission.state) && account?.name !== submission.author;
  return (
    <Section title={texts.reviews}>
      <Text>{texts.approvals(String(approvals), String(approvalsNeeded))}</Text>
      {unanswered.length === 0 ? null : <Text>{texts.unanswered(unanswered.join(", "))}</Text>}
      {objections.length === 0 ? null : <Text>{texts.objections(objections.join(", "))}</Text>}
      <List my="sm">
        {reviews.map((review) => (
          <List.Item key={`${review.reviewer} ${review.at}`} className="name">
            {review.reviewer}{" "}
            <Badge color={review.verdict === "approve" ? "teal.9" : "red.9"}>
              {texts.verdicts[review.verdict]}
            </Badge>{" "}
            <TimeAgo at={review.at} /> {review.counts ? "" : `(${texts.outdated})`}
            {review.note === "" ? null : <Text size="sm">{review.note}</Text>}
          </List.Item>
        ))}
      </List>
      {isOpen && digest !== undefined ? <ReviewForm id={submission.id} digest={digest} /> : null}
    </Section>
  );
}

function ReviewForm({ id, digest }: { readonly id: number; readonly digest: string }) {
  const { official: texts } = useMessages();
  const review = useDeed(officialDeeds.review, OFFICIAL_KEY);
  return (
    <SmallForm
      stacked
      label={texts.review}
      submit={texts.review}
      deed={review}
      onSubmit={(typed, onSuccess) =>
        review.mutate(
          { id, digest, verdict: typed("verdict") as Verdict, note: typed("note").trim() },
          { onSuccess },
        )
      }
    >
      <Select
        name="verdict"
        label={texts.verdict}
        description={texts.reviewExplain}
        data={VERDICTS.map((value) => ({ value, label: texts.verdicts[value] }))}
        defaultValue="approve"
        allowDeselect={false}
      />
      <Textarea name="note" label={texts.note} maxLength={LONGEST_NOTE} />
    </SmallForm>
  );
}
