/** The Vulkan driver that imitates a graphics processor on the CPU: Chromium brings one along. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = [
  '/usr/lib/chromium',
  '/usr/lib/chromium-browser',
  '/opt/google/chrome',
  '/snap/chromium/current/usr/lib/chromium-browser',
];

/** What the environment of a process must say for it to find that driver, or null where there is none. */
export function softwareGpu(): Record<string, string> | null {
  if (process.platform !== 'linux') return null;
  const folder = FOLDERS.find((path) => existsSync(join(path, 'vk_swiftshader_icd.json')));
  if (folder === undefined) return null;
  const libraries = [folder, process.env['LD_LIBRARY_PATH']].filter((path) => path !== undefined && path !== '');
  return {
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    // Where no Vulkan loader is installed, Chromium's own serves.
    LD_LIBRARY_PATH: libraries.join(':'),
  };
}
