/**
 * Three projects: `unit` (quick, in parallel), `gpu` (a graphics processor, imitated on the CPU by the driver that comes
 * with Chromium) and `e2e` (a real browser or Electron, one file at a time).
 *
 *     vitest run --project unit tests/store      one folder
 *     vitest run --project e2e                   the browser tests alone (after `npm run build`)
 */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { softwareGpu } from './tests/compute/software-gpu.ts';

const unit = {
  plugins: [svelte({ configFile: false })],
  test: {
    name: 'unit',
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/e2e/**', 'tests/bench/**', 'tests/**/*-gpu.test.ts'],
    // Native libraries (SQLite, ONNX Runtime) are happiest in processes of their own.
    pool: 'forks' as const,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
};

const gpu = {
  test: {
    name: 'gpu',
    include: ['tests/**/*-gpu.test.ts'],
    pool: 'forks' as const,
    // The driver is found through the environment that the process starts with.
    env: softwareGpu() ?? {},
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
};

const e2e = {
  test: {
    name: 'e2e',
    include: ['tests/e2e/**/*.spec.ts'],
    // The README's pictures are made when they are asked for: they are no test.
    exclude: process.env['LEVERAGE_PICTURES'] ? [] : ['tests/e2e/pictures.spec.ts'],
    pool: 'forks' as const,
    fileParallelism: false,
    // A page has this long to come to show what is expected of it.
    expect: { poll: { timeout: 30_000 } },
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
};

// Vitest asks for a default export.
export default defineConfig({ test: { projects: [unit, gpu, e2e] } });
