/** Builds or serves the window over the fake bridge: `vite --config tests/renderer/dev/vite.config.ts`. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [svelte()],
  server: { fs: { allow: ['../../..'] } },
  build: { target: 'esnext', assetsInlineLimit: 0, emptyOutDir: true },
});
