import { defineConfig } from 'vite'

/** The page: static files with a hash in their names, and one index the server fills in. */
export default defineConfig({
  root: 'src/web',
  base: '/',
  resolve: {
    alias: {
      'react/jsx-runtime': 'preact/jsx-runtime',
      react: 'preact/compat',
    },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'react' } },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
})
