import type { ComponentProps } from "react";
import { Icon, type IconName } from "./icon.tsx";
import { joinNames } from "./join-names.ts";

type Look = "plain" | "quiet" | "primary" | "danger";

const looks: Readonly<Record<Look, string>> = {
  plain: "border border-line-strong/50 bg-raised text-ink hover:bg-hover",
  quiet: "text-soft hover:bg-hover hover:text-ink",
  primary: "bg-accent text-accent-ink hover:bg-accent-strong",
  danger: "bg-danger text-danger-ink hover:opacity-90",
};

const shape =
  "inline-flex h-7 min-w-7 items-center justify-center gap-1.5 rounded-md px-2.5 font-medium whitespace-nowrap select-none disabled:opacity-50";

/** The class names of a button, for links that look like one. */
export function buttonNames(look: Look = "plain"): string {
  return joinNames(shape, looks[look]);
}

interface ButtonProps extends ComponentProps<"button"> {
  readonly look?: Look;
  readonly icon?: IconName;
}

export function Button({ look = "plain", icon, className, children, type = "button", ...rest }: ButtonProps) {
  return (
    <button type={type} className={joinNames(buttonNames(look), className)} {...rest}>
      {icon !== undefined && <Icon name={icon} size={14} />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, "icon" | "children"> {
  readonly icon: IconName;
  readonly label: string; // what it does; also its tooltip
}

export function IconButton({
  icon,
  label,
  look = "quiet",
  className,
  type = "button",
  ...rest
}: IconButtonProps) {
  return (
    <button
      type={type}
      aria-label={label}
      title={label}
      className={joinNames(buttonNames(look), "w-7 px-0", className)}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}
