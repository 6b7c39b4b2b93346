import { CopyButton } from "../ui/copy-button.tsx";
import { usePageSign } from "../ui/page-sign.ts";
import { StateMark } from "../ui/state-mark.tsx";

interface FirstStepsProps {
  readonly workers: number; // alive
}

const file = `import { flow, task } from "millrace";

const greet = task("greet", async (name: string) => \`Hello, \${name}!\`);

export const hello = flow("hello", async (input: { name: string }) => greet(input.name));

await hello({ name: "world" });`;

/** Nobody has run anything yet: three steps, the ticks of which come by themselves. */
export function FirstSteps({ workers }: FirstStepsProps) {
  usePageSign({ title: "first steps" });
  return (
    <article className="mx-auto flex w-full max-w-2xl flex-col gap-4 overflow-auto p-6">
      <h1 className="text-xl font-semibold">Nothing has run yet</h1>
      <p className="text-soft">This page fills by itself as soon as something happens.</p>
      <Step isDone={false} title="Write a flow" text={file} />
      <Step isDone={false} title="Run it" text="npx tsx hello.ts" />
      <Step
        isDone={workers > 0}
        title="Or let a worker serve it, with reload"
        text="npx millrace dev hello.ts"
      />
    </article>
  );
}

function Step({
  isDone,
  title,
  text,
}: {
  readonly isDone: boolean;
  readonly title: string;
  readonly text: string;
}) {
  return (
    <section className="rounded-lg border border-line bg-surface">
      <h2 className="flex items-center gap-2 px-3 py-2 font-semibold">
        <StateMark state={isDone ? "COMPLETED" : "PENDING"} />
        {title}
        {isDone && <span className="font-normal text-soft">there is one</span>}
      </h2>
      <div className="flex items-start border-t border-line bg-sunken pl-3">
        <pre className="min-w-0 flex-1 overflow-x-auto py-2 font-mono text-xs">{text}</pre>
        <CopyButton text={text} />
      </div>
    </section>
  );
}
