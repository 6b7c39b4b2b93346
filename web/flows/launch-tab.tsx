import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import type { FlowDetail } from "../../src/server/contract/flows.ts";
import { asked, useApi } from "../api/context.tsx";
import { ApiError } from "../api/problem.ts";
import { type FormField, toForm } from "../form/form-field.ts";
import { initialValue, toPath } from "../form/form-value.ts";
import { JsonField } from "../form/json-field.tsx";
import { SchemaField } from "../form/schema-field.tsx";
import { toShortLine } from "../format/plain-text.ts";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { ErrorState, Skeleton } from "../ui/notices.tsx";
import { Panel } from "../ui/panel.tsx";
import { useToast } from "../ui/toast.tsx";
import { noOptions, toCli, toCurl, toStart } from "./start-command.ts";
import { StartOptionsFields } from "./start-options-fields.tsx";

interface LaunchTabProps {
  readonly detail: FlowDetail;
  readonly from: string | null; // the run whose input the form starts with
}

/** Starts a run: from a form by the schema of the flow, or from JSON; and shows the same as a command. */
export function LaunchTab({ detail, from }: LaunchTabProps) {
  const earlier = useQuery({
    ...asked(useApi(), "run", { params: { run: from ?? "" } }),
    enabled: from !== null,
  });
  if (from !== null && earlier.isPending) return <Skeleton rows={6} />;
  if (earlier.isError)
    return <ErrorState what={`The run ${from ?? ""} could not be loaded`} error={earlier.error} />;
  return <Launch detail={detail} given={earlier.data?.input} />;
}

const anything: FormField = {
  kind: "json",
  name: "",
  title: "Input",
  about: "No worker has told what this flow takes: any JSON is sent as it is.",
  isRequired: false,
  isNullable: false,
  initial: undefined,
};

function Launch({ detail, given }: { readonly detail: FlowDetail; readonly given: unknown }) {
  const { flow, inputSchema, recentInputs } = detail;
  const form = inputSchema === null ? anything : toForm(inputSchema);
  const [value, setValue] = useState<unknown>(() => given ?? initialValue(form));
  const [round, setRound] = useState(0); // raised when the value comes from elsewhere: fields begin anew
  const [options, setOptions] = useState(noOptions);
  const start = useStart(flow);
  const body = toStart(flow, value, options);
  const use = (next: unknown): void => {
    setValue(next);
    setRound(round + 1);
  };
  return (
    <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate(body);
        }}
      >
        <InputPanel key={round} form={form} value={value} problems={start.problems} onChange={setValue} />
        <StartOptionsFields options={options} onChange={setOptions} usualQueue={detail.queue} />
        {start.error !== null && <ErrorState what="The run was not started" error={start.error} />}
        <div className="pt-3">
          <Button type="submit" look="primary" icon="launch" disabled={start.isPending}>
            Launch
          </Button>
        </div>
      </form>
      <div className="flex flex-col gap-3">
        <Recent inputs={recentInputs} onUse={use} />
        <Commands cli={toCli(flow, value, options)} curl={toCurl(useServerAddress(), body)} />
      </div>
    </div>
  );
}

interface InputPanelProps {
  readonly form: FormField;
  readonly value: unknown;
  readonly problems: ReadonlyMap<string, string>;
  readonly onChange: (value: unknown) => void;
}

/** The input as a form, or as the JSON that it makes. */
function InputPanel({ form, value, problems, onChange }: InputPanelProps) {
  const [isJson, setJson] = useState(false);
  const canSwitch = form.kind !== "json";
  return (
    <Panel
      title="Input"
      aside={
        canSwitch && (
          <Button look="quiet" aria-pressed={isJson} onClick={() => setJson(!isJson)}>
            {isJson ? "As a form" : "As JSON"}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-3 p-3">
        {isJson ? (
          <JsonField
            field={{ title: "Input", about: "" }}
            path=""
            value={value}
            problems={problems}
            onChange={onChange}
            rows={16}
          />
        ) : (
          <SchemaField field={form} path="" value={value} problems={problems} onChange={onChange} />
        )}
      </div>
    </Panel>
  );
}

/** Starts runs, and keeps what the server says of each field. */
function useStart(flow: string) {
  const api = useApi();
  const navigate = useNavigate();
  const tell = useToast();
  const { mutate, isPending, error } = useMutation({
    mutationFn: async (body: ReturnType<typeof toStart>) => api.ask("start", { body }),
    onSuccess: ({ run, name, isNew }) => {
      tell({ text: isNew ? `${flow} · ${name} was created.` : `A run with this key was there: ${name}.` });
      void navigate({ to: "/runs/$run", params: { run } });
    },
  });
  const fields = error instanceof ApiError ? error.fields : [];
  const problems = new Map(fields.map(({ path, message }) => [toPath(path), message]));
  return { mutate, isPending, error, problems };
}

/** Where this page's server is, for whoever asks it by other means. */
function useServerAddress(): string {
  const base = useRouter().basepath.replace(/\/$/, "");
  return `${location.origin}${base}/`;
}

interface RecentProps {
  readonly inputs: FlowDetail["recentInputs"];
  readonly onUse: (input: unknown) => void;
}

function Recent({ inputs, onUse }: RecentProps) {
  if (inputs.length === 0) return null;
  return (
    <Panel title="Recent inputs">
      <ul>
        {inputs.map(({ run, name, input }) => (
          <li
            key={run}
            className="flex items-center gap-2 border-t border-line/70 px-3 py-1 first:border-t-0"
          >
            <Link
              to="/runs/$run"
              params={{ run }}
              className="inline-block min-h-6 py-0.5 font-medium hover:underline"
            >
              <bdi>{name}</bdi>
            </Link>
            <bdi className="min-w-0 flex-1 truncate font-mono text-xs text-soft">
              {toShortLine(JSON.stringify(input ?? null), 200)}
            </bdi>
            <Button look="quiet" onClick={() => onUse(input)}>
              Use
            </Button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Commands({ cli, curl }: { readonly cli: string; readonly curl: string }) {
  return (
    <Panel title="The same as a command">
      {[cli, curl].map((text) => (
        <div
          key={text}
          className="flex items-start gap-1 border-t border-line/70 py-1 pr-1 pl-3 first:border-t-0"
        >
          <code className="min-w-0 flex-1 py-1 font-mono text-xs break-all whitespace-pre-wrap">{text}</code>
          <CopyButton text={text} />
        </div>
      ))}
    </Panel>
  );
}
