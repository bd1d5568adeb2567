// Declarations for packages that are not installed for the type check, and webchat's additions to browser
// types.

declare module "lucide-react" {
  import type { FunctionComponent, SVGProps } from "react";

  type Icon = FunctionComponent<SVGProps<SVGSVGElement> & { size?: number }>;
  export const ArrowDown: Icon;
  export const ArrowUp: Icon;
  export const ChartNetwork: Icon;
  export const Check: Icon;
  export const ChevronDown: Icon;
  export const ChevronRight: Icon;
  export const CircleAlert: Icon;
  export const Code: Icon;
  export const Columns2: Icon;
  export const Copy: Icon;
  export const Download: Icon;
  export const Ellipsis: Icon;
  export const EyeOff: Icon;
  export const FileCode: Icon;
  export const FileSpreadsheet: Icon;
  export const FileText: Icon;
  export const GitBranch: Icon;
  export const Image: Icon;
  export const ImageOff: Icon;
  export const ImagePlus: Icon;
  export const KeyRound: Icon;
  export const LoaderCircle: Icon;
  export const Menu: Icon;
  export const Mic: Icon;
  export const Paperclip: Icon;
  export const Pencil: Icon;
  export const Presentation: Icon;
  export const RotateCw: Icon;
  export const Search: Icon;
  export const Square: Icon;
  export const Star: Icon;
  export const Upload: Icon;
  export const WrapText: Icon;
  export const X: Icon;
}

declare module "react-router" {
  export function useLocation(): { pathname: string };
  export function useNavigate(): (to: string) => void;
}

declare module "shiki" {
  export type LanguageRegistration = { name: string };
}

declare module "shiki/core" {
  type Token = { content: string; color?: string };
  type State = { readonly scopes: string[] };
  type Options = { lang: string; theme: string; grammarState?: State };

  export function createCssVariablesTheme(options: { name: string }): unknown;
  export function createHighlighterCore(options: object): Promise<{
    loadLanguage(language: unknown): Promise<void>;
    codeToTokens(code: string, options: Options): { tokens: Token[][]; grammarState?: State };
  }>;
}

declare module "shiki/langs" {
  export const bundledLanguages: Record<
    string,
    () => Promise<{ default: import("shiki").LanguageRegistration[] }>
  >;
}

declare module "shiki/engine/javascript" {
  export function createJavaScriptRegexEngine(options: { forgiving: boolean }): unknown;
}

declare module "mermaid" {
  const mermaid: {
    initialize(settings: object): void;
    render(id: string, source: string, place: Element): Promise<{ svg: string }>;
  };
  export default mermaid;
}

interface Window {
  /** What assets/early_text.js has fetched. */
  earlyMessages?: {
    address: string;
    found: Promise<Record<string, { role?: string; parts: { type: string; text?: string }[] }>>;
  };
}

interface Window {
  /** What was typed before the scripts of the page had come (assets/boot.js); undefined once it is taken. */
  webchatTyped?: string;
}

interface Storage {
  /** Set on the replacement that assets/boot.js installs if the browser blocks storage. */
  inMemory?: boolean;
}

declare module "react-dom" {
  import type { ReactNode, ReactPortal } from "react";

  export function createPortal(children: ReactNode, container: Element): ReactPortal;
  export function flushSync(change: () => void): void;
  export function createPortal(
    children: import("react").ReactNode,
    container: Element,
  ): import("react").ReactElement;
}

interface Window {
  /** The words of another language than English (webchat/hosting/page_languages.py). */
  webchatWords?: {
    language: string;
    plural: (count: number) => number;
    messages: Record<string, string | string[]>;
  };
}

interface ImportMeta {
  /** What Vite says of the build; nothing in a file that is served as it is. */
  env?: { PROD: boolean; SSR: boolean };
}
