import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { asked, useApi, useServices } from "../api/context.tsx";
import { toPlainLine } from "../format/plain-text.ts";
import { IconButton } from "../ui/button.tsx";
import { Icon } from "../ui/icon.tsx";
import { KeyHint } from "../ui/key-hint.tsx";
import { Menu, MenuChoice, MenuItem, MenuLine } from "../ui/menu.tsx";
import { type PreferenceStore, type Preferences, usePreferences } from "../ui/preferences.ts";
import { useToast } from "../ui/toast.tsx";
import { LiveDot } from "./live-dot.tsx";

interface TopBarProps {
  readonly preferences: PreferenceStore;
  readonly onSearch: () => void;
  readonly onKeys: () => void;
}

const isMac = navigator.userAgent.includes("Mac");

export function TopBar({ preferences, onSearch, onKeys }: TopBarProps) {
  const info = useQuery(asked(useApi(), "info", {}));
  return (
    <header className="flex h-12 shrink-0 items-center gap-3 border-b border-line bg-surface px-3">
      <Link to="/" className="flex items-center gap-2 text-base font-semibold">
        <Wheel />
        <span className="max-md:sr-only">Millrace</span>
      </Link>
      {info.data !== undefined && (
        <span
          className="max-w-40 truncate rounded border border-line px-1.5 py-0.5 text-xs text-soft max-md:max-w-20"
          title="The namespace of this server"
        >
          {info.data.namespace}
        </span>
      )}
      <button
        type="button"
        onClick={onSearch}
        className="mx-auto flex h-8 w-full max-w-96 min-w-8 items-center gap-2 rounded-md border border-line bg-canvas px-2.5 text-faint hover:border-line-strong"
      >
        <Icon name="search" size={14} />
        <span className="flex-1 truncate text-left">Go to a run, a flow, a screen…</span>
        <span className="max-md:hidden">
          <KeyHint keys={isMac ? "⌘ K" : "Ctrl K"} />
        </span>
      </button>
      <LiveDot />
      <AppearanceMenu preferences={preferences} onKeys={onKeys} />
    </header>
  );
}

function AppearanceMenu({ preferences, onKeys }: Omit<TopBarProps, "onSearch">) {
  const { theme, palette, density, keys } = usePreferences(preferences);
  const choose = (change: Partial<Record<keyof Preferences, string>>): void =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the menu offers nothing else
    preferences.choose(change as Partial<Preferences>);
  return (
    <Menu trigger={<IconButton icon="sun" label="Appearance and keys" />}>
      <MenuChoice
        label="Theme"
        value={theme}
        choices={[
          { value: "system", label: "As the system" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
          { value: "contrast", label: "High contrast" },
        ]}
        onChoose={(theme) => choose({ theme })}
      />
      <MenuChoice
        label="Colours of states"
        value={palette}
        choices={[
          { value: "default", label: "Red and green" },
          { value: "blue-orange", label: "Blue and orange" },
          { value: "strong", label: "Strong" },
        ]}
        onChoose={(palette) => choose({ palette })}
      />
      <MenuChoice
        label="Rows"
        value={density}
        choices={[
          { value: "cosy", label: "Cosy" },
          { value: "dense", label: "Dense" },
        ]}
        onChoose={(density) => choose({ density })}
      />
      <MenuChoice
        label="Shortcuts"
        value={keys}
        choices={[
          { value: "on", label: "On" },
          { value: "off", label: "Off" },
        ]}
        onChoose={(keys) => choose({ keys })}
      />
      <MenuLine />
      <MenuItem icon="keyboard" onSelect={onKeys}>
        All keys
      </MenuItem>
      <SignOut />
    </Menu>
  );
}

/** Where one had to sign in. The page begins anew, so that nothing of what was seen stays in it. */
function SignOut() {
  const { api, signIn } = useServices();
  const toast = useToast();
  const { auth } = useQuery(asked(api, "info", {})).data ?? {};
  if (auth === undefined || auth.mode === "none" || auth.actor === null) return null;
  const leave = async (): Promise<void> => {
    try {
      await signIn.leave();
      location.reload();
    } catch {
      toast({ text: "You are still signed in: the server did not answer." });
    }
  };
  return (
    <MenuItem icon="external" onSelect={() => void leave()}>
      Sign out {toPlainLine(auth.actor.replace(/^\w+:/, ""))}
    </MenuItem>
  );
}

function Wheel() {
  return (
    <svg
      aria-hidden
      width="20"
      height="20"
      viewBox="0 0 20 20"
      fill="none"
      stroke="var(--accent)"
      strokeWidth="1.8"
    >
      <circle cx="10" cy="10" r="5.4" />
      <path d="M10 1v18M1 10h18M3.6 3.6l12.8 12.8M16.4 3.6 3.6 16.4" strokeLinecap="round" />
    </svg>
  );
}
