import type { Command } from "commander";

export type Shell = "bash" | "zsh" | "fish";

/** A command, as far as a shell has to know it. */
interface Node {
  readonly path: string; // "runs ls"; "" = the program itself
  readonly words: readonly string[]; // commands and options that may follow
  readonly takes: Taken | null;
}

/** What `millrace __complete` can list. */
export type Taken = "runs" | "flows";

const takenBy: Readonly<Record<string, Taken>> = { run: "runs", other: "runs", flow: "flows" };

/** What a shell sources, so that it completes commands, options, and names of runs and flows. */
export function completionScript(program: Command, shell: Shell): string {
  const nodes = nodesOf(program, "");
  if (shell === "fish") return fish(nodes);
  const bashScript = bash(nodes);
  return shell === "bash" ? bashScript : `autoload -U +X bashcompinit && bashcompinit\n${bashScript}`;
}

function nodesOf(command: Command, path: string): readonly Node[] {
  const commands = command.commands.filter((child) => !child.name().startsWith("_"));
  const options = command.options.flatMap(({ long }) => long ?? []);
  const names = commands.map((child) => child.name());
  const [argument] = command.registeredArguments;
  const own = {
    path,
    words: [...names, ...options, "--help"],
    takes: takenBy[argument?.name() ?? ""] ?? null,
  };
  return [own, ...commands.flatMap((child) => nodesOf(child, `${path} ${child.name()}`.trim()))];
}

function bash(nodes: readonly Node[]): string {
  const cases = nodes.map(({ path, words, takes }) => {
    const more = takes === null ? "" : `; takes=${takes}`;
    return `    "${path}") words="${words.join(" ")}"${more} ;;`;
  });
  const paths = nodes.filter(({ path }) => path !== "").map(({ path }) => `"${path}"`);
  return `_millrace() {
  local current=\${COMP_WORDS[COMP_CWORD]} path="" words="" takes="" next index
  for ((index = 1; index < COMP_CWORD; index++)); do
    next="\${path:+$path }\${COMP_WORDS[index]}"
    case "$next" in
      ${paths.join("|")}) path=$next ;;
    esac
  done
  case "$path" in
${cases.join("\n")}
  esac
  if [[ -n $takes && $current != -* ]]; then words="$words $(millrace __complete "$takes" 2>/dev/null)"; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _millrace millrace
`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, words, takes }) => {
    const when = `-n '__millrace_at "${path}"'`;
    const names = words.filter((word) => !word.startsWith("--"));
    const options = words.filter((word) => word.startsWith("--")).map((word) => word.slice(2));
    return [
      ...(names.length > 0 ? [`complete -c millrace -f ${when} -a '${names.join(" ")}'`] : []),
      ...options.map((option) => `complete -c millrace ${when} -l ${option}`),
      ...(takes === null
        ? []
        : [`complete -c millrace -f ${when} -a '(millrace __complete ${takes} 2>/dev/null)'`]),
    ];
  });
  const paths = nodes.filter(({ path }) => path !== "").map(({ path }) => `"${path}"`);
  return `function __millrace_at
  set -l path ""
  for word in (commandline -opc)[2..-1]
    set -l next (string trim "$path $word")
    contains -- "$next" ${paths.join(" ")}; and set path $next
  end
  test "$path" = "$argv[1]"
end
${lines.join("\n")}
`;
}
