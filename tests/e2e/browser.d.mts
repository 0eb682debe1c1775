export const BROWSER_ARGUMENTS: string[];
export function installedBrowsers(): string[];
export function whyNotRunning(program: string): Promise<string | null>;
