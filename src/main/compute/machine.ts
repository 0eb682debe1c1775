/** What a glance tells about the graphics processors of this machine, before any library is loaded. */
import { readdirSync } from 'node:fs';

export interface Machine {
  platform: NodeJS.Platform;
  arch: string;
  /** Whether a graphics processor may be there: on Linux a device file, elsewhere always "perhaps". */
  gpu: boolean;
  /** The same for one that CUDA can use. */
  nvidia: boolean;
  /** Whether a Vulkan adapter, if one is found, is a program that imitates one on the CPU. */
  emulatedVulkan: boolean;
}

/**
 * TensorFloat-32, which CUDA libraries take for float32 unless told otherwise, keeps 10 bits of 23. They read the real
 * environment, which only the main thread can change: called where the engine is put together.
 */
export function forbidTensorFloat(): void {
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
}

export function thisMachine(): Machine {
  const { platform, arch } = process;
  return { platform, arch, ...graphics(platform, filesIn('/dev'), filesIn('/dev/dri'), process.env) };
}

/** Pure part of `thisMachine`: the names in /dev and /dev/dri, and the environment. */
export function graphics(
  platform: NodeJS.Platform,
  devices: readonly string[],
  rendering: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Pick<Machine, 'gpu' | 'nvidia' | 'emulatedVulkan'> {
  if (platform !== 'linux') return { gpu: true, nvidia: platform === 'win32', emulatedVulkan: false };
  // dxg: Windows' graphics inside WSL. kfd: AMD's compute driver.
  const nvidia = devices.some((name) => /^nvidia\d+$/.test(name) || name === 'dxg');
  const gpu = nvidia || devices.includes('kfd') || rendering.some((name) => name.startsWith('renderD'));
  const drivers = environment['VK_DRIVER_FILES'] ?? environment['VK_ICD_FILENAMES'] ?? '';
  const onlyEmulators = drivers !== '' && drivers.split(':').every((file) => /swiftshader|lvp|lavapipe/i.test(file));
  return { gpu, nvidia, emulatedVulkan: !gpu || onlyEmulators };
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No such folder: no such devices.
    return [];
  }
}
