import { MultiSelect } from "@mantine/core";
import { CATEGORIES, type Category, fileUnder } from "../../api/discovery.ts";
import type { RepositoryView } from "../../api/repositories.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { ProblemText } from "../../parts/problem-text.tsx";
import { Section } from "../../parts/section.tsx";

const MOST = 3;

/** What searches find it under. */
export function CategoriesSection({ repository }: { readonly repository: RepositoryView }) {
  const { discovery: texts } = useMessages();
  const { name, categories } = repository;
  const file = useDeed(fileUnder, ["repository", name]);
  return (
    <Section title={texts.choose}>
      <MultiSelect<Category>
        aria-label={texts.choose}
        description={texts.chooseHint}
        data={CATEGORIES.map((value) => ({ value, label: texts.categories[value] }))}
        maxValues={MOST}
        searchable
        value={file.isPending ? file.variables.categories : categories}
        onChange={(wish) => file.mutate({ name, categories: wish })}
      />
      <ProblemText error={file.error} />
    </Section>
  );
}
