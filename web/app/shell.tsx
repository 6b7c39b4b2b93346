import { Outlet, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useState, useSyncExternalStore } from "react";
import { useServices } from "../api/context.tsx";
import { useKeys } from "../keys/use-keys.tsx";
import type { PreferenceStore } from "../ui/preferences.ts";
import { Toasts } from "../ui/toast.tsx";
import { places } from "./places.ts";
import { Rail } from "./rail.tsx";
import { TopBar } from "./top-bar.tsx";

const Palette = lazy(async () => import("./palette.tsx").then(({ Palette }) => ({ default: Palette })));
const SignInDialog = lazy(async () =>
  import("./sign-in-dialog.tsx").then(({ SignInDialog }) => ({ default: SignInDialog })),
);
const KeySheet = lazy(async () => import("./key-sheet.tsx").then(({ KeySheet }) => ({ default: KeySheet })));

/** What stands around every screen. */
export function Shell({ preferences }: { readonly preferences: PreferenceStore }) {
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  const router = useRouter();
  const { signIn } = useServices();
  const isSignInWanted = useSyncExternalStore(signIn.watch, signIn.isWanted);
  useKeys([
    { keys: "Mod+k", does: "go to, or do, anything", group: "Everywhere", act: () => setOpen("palette") },
    { keys: "?", does: "show these keys", group: "Everywhere", act: () => setOpen("keys") },
    ...places.map(({ to, label, keys }) => ({
      keys,
      does: label,
      group: "Go to",
      act: () => void router.navigate({ to }),
    })),
  ]);
  const close = (): void => setOpen(null);
  return (
    <Toasts>
      <a
        href="#screen"
        className="sr-only z-50 bg-raised p-2 focus:not-sr-only focus:absolute"
        onClick={(event) => {
          event.preventDefault(); // the page's address is its state
          document.querySelector<HTMLElement>("#screen")?.focus();
        }}
      >
        Skip to the screen
      </a>
      <div className="flex h-full flex-col">
        <TopBar
          preferences={preferences}
          onSearch={() => setOpen("palette")}
          onKeys={() => setOpen("keys")}
        />
        <div className="flex min-h-0 flex-1 max-md:flex-col">
          <Rail />
          <main id="screen" tabIndex={-1} className="flex min-h-0 min-w-0 flex-1 flex-col outline-none">
            <Outlet />
          </main>
        </div>
      </div>
      <Suspense fallback={null}>
        {open === "palette" && <Palette onClose={close} />}
        {open === "keys" && <KeySheet isOpen onClose={close} />}
        {isSignInWanted && <SignInDialog />}
      </Suspense>
    </Toasts>
  );
}
