import { FileInput, Switch, Text, Textarea, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type NewSubmission, OFFICIAL_KEY, officialDeeds } from "../../api/official.ts";
import { useDeed } from "../../api/use-deed.ts";
import { useMessages } from "../../messages/use-messages.ts";
import { Section } from "../../parts/section.tsx";
import { SmallForm, type Typed } from "../../parts/small-form.tsx";

const SHORT = ["README-short.txt", "github-repo"] as const;
const LONG = ["content.md", "license.md", "maintainer.md"] as const;
const MONOSPACE = { input: { fontFamily: "var(--mantine-font-family-monospace)" } };

/** A definition and its documents. It is checked by the hub: here it is not looked at. */
export function SubmitForm() {
  const { official: texts, common } = useMessages();
  const navigate = useNavigate();
  const [logo, setLogo] = useState<File | null>(null);
  const submission = useDeed(officialDeeds.submit, OFFICIAL_KEY);
  const submit = async (typed: Typed) =>
    submission.mutate(
      { ...wishOf(typed), ...(logo !== null && { logo: await toBase64(logo) }) },
      {
        onSuccess: ({ id }) => void navigate({ to: "/official/$id", params: { id: String(id) } }),
      },
    );
  return (
    <Section title={texts.submit}>
      <Text mb="sm">{texts.submitExplain}</Text>
      <SmallForm
        stacked
        label={texts.submit}
        submit={texts.submit}
        deed={submission}
        onSubmit={(typed) => void submit(typed)}
      >
        <TextInput name="name" label={common.name} description={texts.nameHint} required />
        <Textarea
          name="definition"
          label={texts.definition}
          description={texts.definitionHint}
          rows={8}
          styles={MONOSPACE}
          spellCheck={false}
          required
        />
        {SHORT.map((name) => (
          <TextInput key={name} name={name} label={texts.documents[name]} maxLength={1000} />
        ))}
        {LONG.map((name) => (
          <Textarea key={name} name={name} label={texts.documents[name]} rows={4} />
        ))}
        <FileInput
          label={texts.logo}
          accept="image/png"
          value={logo}
          onChange={setLogo}
          clearable
        />
        <Switch name="security" value="yes" label={texts.isSecurity} />
      </SmallForm>
    </Section>
  );
}

function wishOf(typed: Typed): NewSubmission {
  const documents = Object.fromEntries(
    [...SHORT, ...LONG].flatMap((name) => {
      const text = typed(name);
      return text.trim() === "" ? [] : [[name, text]];
    }),
  );
  return {
    ...{ name: typed("name").trim(), definition: typed("definition"), documents },
    ...(typed("security") !== "" && { security: true }),
  };
}

/** Of a file as small as the hub takes. */
async function toBase64(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
