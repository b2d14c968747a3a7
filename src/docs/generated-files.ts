/** Every generated file of the repository, as it should be. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileProject } from '../compiler/catalogue.ts';
import type { Json } from '../plan/json.ts';
import type { Project } from '../plan/project.ts';
import { SourceText } from '../source/text.ts';
import { definitions } from '../steps/definitions.ts';
import { diagnosticsPage } from './diagnostics-page.ts';
import { expressionsPage } from './expressions-page.ts';
import { printJson } from './print-json.ts';
import { referencePage } from './reference-page.ts';
import { editorSchemas } from './schemas.ts';
import { stepPage } from './step-page.ts';
import { stepsIndex } from './steps-index.ts';

/** Texts by path within the repository. `root`: its checkout, which holds what was written by hand. */
export async function generatedFiles(root: string): Promise<ReadonlyMap<string, string>> {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const project = docsProject(root);
  const files = new Map<string, string>();
  for (const [file, schema] of Object.entries(editorSchemas())) {
    files.set(`schema/${file}`, printJson(schema as unknown as Json));
  }
  files.set('docs/steps/README.md', stepsIndex());
  for (const { kind } of Object.values(definitions)) {
    files.set(`docs/steps/${kind}.md`, await stepPage(kind, read(`src/steps/${kind}/docs.md`), project));
  }
  files.set('docs/reference.md', referencePage());
  files.set('docs/expressions.md', expressionsPage());
  const fixture = (code: string) => ({
    yaml: read(`test/diagnostics/${code}.yaml`),
    output: read(`test/diagnostics/${code}.out`),
  });
  files.set('docs/diagnostics.md', diagnosticsPage(fixture));
  return files;
}

/** The catalogue that the examples are compiled against. */
export function docsProject(root: string): Project {
  const path = 'docs/mapp.yaml';
  const { project } = compileProject(new SourceText(path, readFileSync(join(root, path), 'utf8')));
  if (project === undefined) throw new Error(`${path} has mistakes`);
  return { ...project, flows: ['welcome', 'example', 'review'] };
}
