export const BROWSER_ARGUMENTS: string[];
export function installedBrowser(): string | null;
export function whyNotRunning(program: string): Promise<string | null>;
