// Declarations for packages that are not installed for the type check, and webchat's additions to browser
// types.

declare module "lucide-react" {
  import type { FunctionComponent, SVGProps } from "react";

  type Icon = FunctionComponent<SVGProps<SVGSVGElement> & { size?: number }>;
  export const ArrowDown: Icon;
  export const ArrowUp: Icon;
  export const Check: Icon;
  export const ChevronDown: Icon;
  export const Copy: Icon;
  export const Ellipsis: Icon;
  export const Menu: Icon;
  export const Pencil: Icon;
  export const Search: Icon;
  export const Square: Icon;
  export const Upload: Icon;
  export const X: Icon;
}

declare module "react-router" {
  export function useLocation(): { pathname: string };
  export function useNavigate(): (to: string) => void;
}

declare module "@streamdown/code" {
  /** Shiki's tokens, by line of code. */
  export type Tokens = { bg?: string; fg?: string; tokens: { content: string }[][] };
  export type Request = { code: string; language: string; themes?: string[]; isIncomplete?: boolean };
  export type CodePlugin = {
    highlight(request: Request, callback?: (tokens: Tokens) => void): Tokens | null;
  };
  export function createCodePlugin(options: { themes: string[] }): CodePlugin;
}

declare module "streamdown" {
  import type { ComponentType } from "react";

  export const Streamdown: ComponentType<Record<string, unknown>>;
  export const defaultRehypePlugins: { sanitize: unknown; harden: unknown };
}

interface Storage {
  /** Set on the replacement that assets/boot.js installs if the browser blocks storage. */
  inMemory?: boolean;
}

interface ImportMeta {
  /** Vite's import of every module whose path matches. */
  glob(pattern: string, options: { eager: true; exhaustive: true }): Record<string, unknown>;
}
