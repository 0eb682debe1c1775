/** How the app is built: three bundles under out/ (main, preload, renderer). */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';

/** Never bundled: native libraries, and what Node finds better itself. The rest of package.json stays external too. */
const main = {
  build: {
    outDir: 'out/main',
    minify: false,
    rolldownOptions: {
      input: {
        index: 'src/main/index.ts',
        'engine-process': 'src/main/engine/engine-process.ts',
        'import-worker': 'src/main/engine/import-worker.ts',
        'study-worker': 'src/main/studies/study-worker.ts',
        'lane-worker': 'src/main/studies/lane-worker.ts',
        'probe-worker': 'src/main/compute/probe-worker.ts',
        'influence-worker': 'src/main/studies/influence-worker.ts',
        'theory-worker': 'src/main/studies/theory-worker.ts',
        'attribution-worker': 'src/main/attribution-jobs/attribution-worker.ts',
        'what-if-worker': 'src/main/what-if/what-if-worker.ts',
        cli: 'src/main/cli.ts',
      },
      external: ['electron', '@tensorflow/tfjs-node-gpu'],
      // Chunks lie beside the entries: code that finds a file beside its own finds it from a chunk too.
      output: { format: 'es' as const, entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
    },
  },
};

/** A sandboxed preload can require nothing but electron: one CommonJS file with everything inside. */
const preload = {
  build: {
    outDir: 'out/preload',
    minify: false,
    externalizeDeps: false,
    rolldownOptions: {
      input: { preload: 'src/main/preload.ts' },
      output: { format: 'cjs' as const, entryFileNames: '[name].cjs' },
    },
  },
};

const renderer = {
  root: 'src/renderer',
  plugins: [svelte({ configFile: false })],
  build: {
    outDir: 'out/renderer',
    // The content policy has no data: for scripts, styles and fonts: every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // ECharts is most of one chunk; the pages are read from this machine.
    chunkSizeWarningLimit: 4000,
    rolldownOptions: { input: 'src/renderer/index.html' },
  },
};

// The tools that read this file ask for a default export.
export default defineConfig({ main, preload, renderer });
