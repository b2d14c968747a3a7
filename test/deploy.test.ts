import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const ROOT = resolve(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const manifests = ['postgres', 'temporal', 'apply', 'serve', 'worker'].flatMap((name) =>
  parseAllDocuments(read(`deploy/kubernetes/${name}.yaml`)).map((document) => document.toJS()),
);
const compose = parse(read('deploy/compose.yaml'), { merge: true });
const namesIn = (text: string) => new Set(text.match(/\bflows_[a-z_]+/g));

/** What every manifest that makes pods says of them. */
const pods = manifests.filter(({ spec }) => spec?.template).map(({ spec }) => spec.template.spec);

describe('deploy/', () => {
  it.each(['deploy/prometheus-rules.yaml', 'docs/deploying.md'])('%s names metrics that there are', (path) => {
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
    const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
    const known = new Set(sources.flatMap((file) => [...namesIn(read(join('src', file)))]));
    expect([...namesIn(read(path))].filter((name) => !known.has(name))).toEqual([]);
  });

  it('runs the same images on one host and on Kubernetes, with the same settings of Temporal', () => {
    const ofCompose = Object.values<{ image: string }>(compose.services).map(({ image }) => image);
    const containers = pods.flatMap((pod) => pod.containers);
    expect(new Set(containers.map(({ image }) => image))).toEqual(new Set(ofCompose));
    const names = (containers.find(({ name }) => name === 'temporal').env as { name: string }[]).map(
      ({ name }) => name,
    );
    expect(names.sort()).toEqual(Object.keys(compose.services.temporal.environment).sort());
  });

  it('makes the same databases in both', () => {
    const sql = (script: string) => /<<'SQL'\n(.*)SQL/s.exec(script)![1];
    const map = manifests.find(({ kind }) => kind === 'ConfigMap');
    expect(sql(map.data['init.sh'])).toBe(sql(read('deploy/postgres-init.sh')));
  });

  it('gives no pod the addresses of services as variables, nor a token it does not need', () => {
    expect(pods.map((pod) => [pod.enableServiceLinks, pod.automountServiceAccountToken])).toEqual(
      pods.map(() => [false, false]),
    );
  });
});
