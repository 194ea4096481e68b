// Builds what the browser loads, from web/islands, modeler/ and web/static, into web/static/built.
//
//     node web/build.mjs            once, minified
//     node web/build.mjs --clean    the same, without what earlier builds left
//     node web/build.mjs --watch    again at each change, not minified
//
// Every web/islands/<name>.js and every modeler/<name>/index.js is an entry; what entries
// share becomes a chunk (what is no entry stands in a folder of web/islands). Names carry a hash of the content, so that browsers may keep them for ever; manifest.json tells
// the pages which name is today's.

import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const target = path.join(root, 'web/static/built');
const watch = process.argv.includes('--watch');

/** Entries by the name that pages call them: 'tasks' for web/islands/tasks.js, 'editor' for modeler/editor/index.js. */
async function entries() {
  const found = { style: path.join(root, 'web/static/css/pointsman.css') };
  for (const file of await readdir(path.join(root, 'web/islands'))) {
    if (file.endsWith('.js')) found[path.basename(file, '.js')] = path.join(root, 'web/islands', file);
  }
  for (const folder of await readdir(path.join(root, 'modeler'))) {
    const index = path.join(root, 'modeler', folder, 'index.js');
    if (existsSync(index)) found[folder] = index;
  }
  return found;
}

/** One SVG with the icons that web/static/icons.json lists, each a symbol that pages refer to by its name. */
async function icons() {
  const names = JSON.parse(await readFile(path.join(root, 'web/static/icons.json'), 'utf8'));
  const symbols = await Promise.all(names.map(async (name) => {
    const svg = await readFile(path.join(root, 'node_modules/lucide-static/icons', `${name}.svg`), 'utf8');
    const inner = svg.slice(svg.indexOf('>', svg.indexOf('<svg')) + 1, svg.lastIndexOf('</svg>'));
    return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s+/g, ' ').trim()}</symbol>`;
  }));
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('\n')}</svg>\n`;
  const hash = createHash('sha256').update(sprite).digest('hex').slice(0, 8).toUpperCase();
  const name = `icons-${hash}.svg`;
  await writeFile(path.join(target, name), sprite);
  return name;
}

/** After each build: which file each name means, its style sheet among them. */
const manifest = {
  name: 'manifest',
  setup(build) {
    build.onEnd(async (result) => {
      if (result.errors.length) return;
      const names = { 'icons.svg': await icons() };
      for (const [file, output] of Object.entries(result.metafile.outputs)) {
        if (!output.entryPoint) continue;
        // What an entry imports only when it is needed is known by its path; its style sheet is the importer's to link.
        const entry = nameOfEntry.get(path.join(root, output.entryPoint)) ?? output.entryPoint.replace(/\.[^.]*$/, '');
        if (entry.includes('node_modules')) continue;
        names[entry + path.extname(file)] = path.relative(target, path.join(root, file));
        if (output.cssBundle) names[`${entry}.css`] = path.relative(target, path.join(root, output.cssBundle));
      }
      await writeFile(path.join(target, 'manifest.json'), JSON.stringify(names, null, 2) + '\n');
    });
  },
};

/** The linter imports its rules, a CommonJS file, when it is asked first; as an ES module they keep their names then. */
const lintRules = {
  name: 'lint-rules',
  setup(build) {
    build.onResolve({ filter: /^bpmnlint-plugin-camunda-compat$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: path.join(root, 'modeler/editor/lint-rules.js') } : undefined);
  },
};

const entryPoints = await entries();
const nameOfEntry = new Map(Object.entries(entryPoints).map(([name, file]) => [file, name]));
const options = {
  entryPoints,
  outdir: target,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: ['es2022'],
  minify: !watch,
  sourcemap: watch ? 'linked' : false,
  metafile: true,
  legalComments: 'linked',
  entryNames: '[name]-[hash]',
  chunkNames: 'chunks/[name]-[hash]',
  assetNames: 'files/[name]-[hash]',
  loader: { '.woff': 'file', '.woff2': 'file', '.ttf': 'file', '.eot': 'file', '.svg': 'file', '.png': 'file' },
  absWorkingDir: root,
  logLevel: 'warning',
  plugins: [manifest, lintRules],
};

await mkdir(target, { recursive: true });
if (watch) {
  const context = await esbuild.context(options);
  await context.watch();
  console.log('Watching web/ and modeler/. Ctrl-C stops it.');
} else {
  if (process.argv.includes('--clean')) {
    await rm(target, { recursive: true });
    await mkdir(target);
  }
  await esbuild.build(options);
}
