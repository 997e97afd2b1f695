/** Calls as text to copy: for this server, with the key left to the shell. */
import { useState } from "react";

import { useServer } from "@/api/server";
import { useSession } from "@/api/session";
import { CopyButton } from "@/components/CopyButton";
import { Tab, TabList, TabPanel, Tabs } from "@/components/ui/tabs";
import type { ScreenCall } from "@/lib/screen-call";
import { LANGUAGES, snippet, type Language } from "@/lib/snippets/all";
import { KEY_VARIABLE, targetOf, type Target } from "@/lib/snippets/target";

const NAME = "runwire.language";

export default function Snippets({ calls }: { calls: readonly ScreenCall[] }) {
  const session = useSession();
  const server = useServer();
  const target = targetOf(server, location, session);
  const [language, setLanguage] = useState(kept);
  const choose = (chosen: string) => {
    localStorage.setItem(NAME, chosen);
    setLanguage(kept());
  };
  return (
    <Tabs value={language} onValueChange={choose}>
      <TabList aria-label="Language">
        {LANGUAGES.map((each) => (
          <Tab key={each} value={each}>
            {each}
          </Tab>
        ))}
      </TabList>
      {LANGUAGES.map((each) => (
        <TabPanel key={each} value={each} className="grid gap-4">
          {calls.map((call) => (
            <Snippet key={call.rpc + JSON.stringify(call)} {...{ call, target }} language={each} />
          ))}
        </TabPanel>
      ))}
      {target.auth && <KeyNote />}
    </Tabs>
  );
}

interface Props {
  call: ScreenCall;
  target: Target;
  language: Language;
}

function Snippet({ call, target, language }: Props) {
  const text = snippet(language, call, target);
  return (
    <section aria-label={call.rpc} className="min-w-0 overflow-hidden rounded-md border">
      <div className="flex min-h-9 items-center justify-between gap-2 border-b bg-sunken px-3">
        <h3 className="truncate font-mono text-xs">{call.rpc}</h3>
        {text !== null && <CopyButton text={text} what={`${language} of ${call.rpc}`} />}
      </div>
      {text === null ? (
        <p className="px-3 py-4 text-sm text-soft">{missing(language)}</p>
      ) : (
        <pre
          tabIndex={0}
          data-language={language}
          className="max-h-96 overflow-auto p-3 font-mono text-xs leading-relaxed"
        >
          {text}
        </pre>
      )}
    </section>
  );
}

/** The key itself is never written out: what is copied ends up in histories and chats. */
function KeyNote() {
  return (
    <p className="mt-3 text-[13px] text-soft">
      Your key is read from <code className="font-mono">{KEY_VARIABLE}</code>. To set it without
      leaving it in the history:{" "}
      <code className="font-mono">{`read -rs ${KEY_VARIABLE} && export ${KEY_VARIABLE}`}</code>
    </p>
  );
}

function missing(language: Language): string {
  return language === "CLI"
    ? "The command line has no command for this call."
    : `${language} cannot make this call in one request.`;
}

function kept(): Language {
  const name = localStorage.getItem(NAME);
  return LANGUAGES.find((each) => each === name) ?? "grpcurl";
}
