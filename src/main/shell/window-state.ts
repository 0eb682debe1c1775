/** Where the window was, kept in a small file of the user's data folder. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BrowserWindow, Rectangle } from 'electron';
import { z } from 'zod';

const windowState = z.object({
  x: z.number().int().optional(),
  y: z.number().int().optional(),
  width: z.number().int().min(640),
  height: z.number().int().min(480),
  maximized: z.boolean(),
});
export type WindowState = z.infer<typeof windowState>;

const FIRST: WindowState = { width: 1440, height: 900, maximized: false };
const SAVE_DELAY_MS = 500;

/**
 * The remembered state. One that can not be read, or that lies outside every present display
 * (a monitor was unplugged), gives way to the first one.
 */
export function readWindowState(file: string, displays: readonly Rectangle[]): WindowState {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // The first start: nothing is remembered.
    return FIRST;
  }
  const parsed = windowState.safeParse(jsonOrNull(text));
  if (!parsed.success) return FIRST;
  const { x, y, ...size } = parsed.data;
  if (x === undefined || y === undefined) return parsed.data;
  return displays.some((display) => overlaps(display, { x, y, width: size.width, height: size.height }))
    ? parsed.data
    : size;
}

/** Keeps the state up to date while the window lives. A state that can not be written is lost, no more. */
export function rememberWindowState(window: BrowserWindow, file: string, warn: (text: string) => void): void {
  let timer: NodeJS.Timeout | undefined;
  const save = (): void => {
    if (window.isDestroyed() || window.isMinimized()) return;
    const state: WindowState = { ...window.getNormalBounds(), maximized: window.isMaximized() };
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify(state));
      renameSync(`${file}.new`, file);
    } catch (thrown) {
      warn(`The place of the window was not remembered: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  };
  const saveSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_DELAY_MS);
  };
  window.on('resize', saveSoon);
  window.on('move', saveSoon);
  window.on('close', () => {
    clearTimeout(timer);
    save();
  });
}

/** Enough of the title bar is on the display to be grasped. */
function overlaps(display: Rectangle, window: Rectangle): boolean {
  const width = Math.min(display.x + display.width, window.x + window.width) - Math.max(display.x, window.x);
  return width >= 100 && window.y >= display.y && window.y < display.y + display.height - 50;
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
